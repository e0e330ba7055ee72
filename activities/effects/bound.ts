import type { WriteOrder } from '../../workflows/contracts/orders';
import { hashOf } from '../../workflows/pure/hash';
import { KernelFailure } from '../sql/kernel-failure';
import { sampled } from '../sql/rows';
import type { Change, Declared, Input, Rows } from './change';

/** The hashes that an approval binds: lines and `before`, or rule and limit where the objects change by the second. */
export function boundOf(operation: Pick<Declared, 'selection' | 'binds'>, input: Input, before: Rows, lines: readonly string[]) {
  const { selection } = operation;
  if (selection) {
    const binds = { rule: selection.rule(input as never), limit: selection.limit(input as never), protects: selection.protects };
    return { bound: hashOf(binds), binds: `the rule "${binds.rule}" and at most ${binds.limit} in the whole run`, statement: hashOf(binds) };
  }
  const bound = operation.binds ? operation.binds(before as never[]) : before;
  return { bound: hashOf(bound), binds: operation.binds ? 'a part of it' : 'all of it', statement: hashOf(lines) };
}

/** Refuses where more objects are found than the run may touch with this operation in all. */
export function refuseOverLimit({ operation: { selection } }: Change, input: Input, before: Rows, touched: number): void {
  if (!selection) return;
  const limit = selection.limit(input as never);
  if (touched + before.length <= limit) return;
  throw new KernelFailure(
    'LimitExceeded',
    `The rule "${selection.rule(input as never)}" matches ${before.length} now${touched ? ` and ${touched} were touched before` : ''}; this run may touch ${limit} in all. Nothing was done in this step. Wait and retry, or start a run with a higher limit.`,
  );
}

/** Refuses where what was found, or what would be done about it, is not what the plan bound. */
export function refuseDrift(change: Change, input: Input, before: Rows, { planned }: WriteOrder): void {
  if (!planned) return;
  const now = boundOf(change.operation, input, before, change.lines(input, before));
  if (now.bound === planned.bound && now.statement === planned.statement) return;
  const what =
    now.bound !== planned.bound ? 'what it would change is no longer what the plan shows' : 'its statements are no longer those of the plan';
  throw new KernelFailure('PlanDrifted', `${change.name}: ${what}. Nothing was done; the run plans again.`, 'never', { found: sampled(before) });
}

import type { RunbookHeader } from '../../contracts/header';
import type { TargetIdentity } from '../../contracts/identity';
import type { Plan, PlannedStep } from '../../contracts/journal';
import { hashOf } from '../../pure/hash';

/** What a plan is made of. */
export interface PlanParts {
  readonly header: RunbookHeader;
  readonly input: unknown;
  readonly identity: TargetIdentity;
  readonly steps: readonly PlannedStep[];
  readonly nothingToDo: string | undefined;
  readonly madeAt: string;
}

/** Makes the plan of a rehearsal with the hash that binds an approval to it. The same plan has the same hash in every run. */
export function makePlan({ header, input, identity, steps, nothingToDo, madeAt }: PlanParts): Plan {
  const { target, environment, systemIdentifier, databaseOid, timeline, role } = identity;
  const bound = {
    runbook: header.id,
    input,
    target: { target, environment, systemIdentifier, databaseOid, timeline, role },
    steps: steps.map(boundPart),
    nothingToDo: nothingToDo ?? null,
  };
  return {
    runbook: header.id,
    title: header.title,
    risk: header.risk,
    input,
    identity,
    steps,
    ...(nothingToDo ? { nothingToDo } : {}),
    hash: hashOf(bound),
    madeAt,
  };
}

/** What of a line enters the hash: what would be done, not what reads happened to show. */
function boundPart(step: PlannedStep): unknown {
  const { key, verb, operation, input, times, write, child, note } = step;
  // A gate that was passed is no change: the same plan, made again before the first change, is not asked again.
  if (step.finished && verb !== 'approve') return { key, finished: true };
  return {
    key,
    verb,
    operation: operation ?? null,
    input: input ?? null,
    times,
    child: child ?? null,
    gate: verb === 'approve' ? (note ?? null) : null,
    write: write
      ? { statement: write.statement, bound: write.bound, undo: write.undo, irreversible: write.irreversible, pointOfNoReturn: write.pointOfNoReturn }
      : null,
  };
}

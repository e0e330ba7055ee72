import { z } from 'zod';
import { workflowInfo } from '@temporalio/workflow';
import type { RunbookHeader } from '../../contracts/header';
import { problemsOf } from '../../contracts/messages';
import { RUN_OPTIONS, RunOptions } from '../../contracts/params';
import { warm } from '../../contracts/warm-up';
import { closing } from './exit';
import { isUndecodable } from './payload-converter';
import type { RunState } from './state';

/** The input and the options of a run, checked. */
export interface CheckedInput {
  readonly input: RunState['input'];
  readonly options: RunOptions;
}

/** Checks the one JSON object with which a run is started; throws InvalidInput with every problem and an example. */
export function takeInput(state: RunState, strictInput: z.ZodType, raw: unknown): void {
  const { input, options } = checkInput({ header: state.header, strictInput }, raw, workflowInfo().parent?.workflowId);
  state.input = input;
  state.options = options;
  // A child on its parent's target works under the parent's lock.
  state.lock.inherit(options.parent?.token ?? null);
}

/** The same without a run of its own: a rehearsal checks the input of a child that is not started yet. */
export function checkInput(
  { header, strictInput }: { readonly header: RunbookHeader; readonly strictInput: z.ZodType },
  raw: unknown,
  parentId: string | undefined,
): CheckedInput {
  if (isUndecodable(raw)) throw refusal(header, [`input: it cannot be read (${raw.reason}); send one JSON object with encoding json/plain`]);
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw))
    throw refusal(header, [
      `input: one JSON object is expected, and ${raw == null ? (raw === null ? 'null' : 'nothing') : Array.isArray(raw) ? 'a list' : `a ${typeof raw}`} came`,
    ]);
  const { options, own } = separateOptions(raw as Record<string, unknown>);
  const parsedOptions = RunOptions.safeParse(options);
  const parsedInput = strictInput.safeParse(own);
  const problems = [parsedInput, parsedOptions].flatMap((parsed) => (parsed.success ? [] : problemsOf(parsed.error)));
  const parent = parsedOptions.data?.parent;
  if (parent && parentId !== parent.workflowId) problems.push('parent: only a parent run may set it');
  problems.push(...breakGlassProblems(header, options), ...peopleOnly('overrideFreeze', options));
  problems.push(...requesterProblems(header, options));
  if (problems.length || !parsedInput.success || !parsedOptions.success) throw refusal(header, problems);
  return { input: parsedInput.data as RunState['input'], options: parsedOptions.data };
}

/** Where something cannot be undone, or where the requester may not approve, the run says who asks for it. */
function requesterProblems({ approval, risk }: RunbookHeader, options: Record<string, unknown>): string[] {
  if (options['by'] !== undefined) return [];
  if (approval?.fourEyes) return ['by: the requester may not approve this run, so it must say who asks for it'];
  if (risk !== 'irreversible' || options['mode'] === 'plan' || options['parent'] !== undefined) return [];
  return ['by: this runbook has a step that cannot be undone, so it must say who asks for it'];
}

/** Break-glass is for emergencies, and only where the header allows it. */
function breakGlassProblems({ id, breakGlass }: RunbookHeader, options: Record<string, unknown>): string[] {
  if (!options['breakGlass']) return [];
  return [...(breakGlass ? [] : [`breakGlass: the approval of ${id} cannot be waived`]), ...peopleOnly('breakGlass', options)];
}

/** What only a person may ask for: by name, with a reason, and from no alert, schedule or parent run. */
function peopleOnly(option: 'breakGlass' | 'overrideFreeze', options: Record<string, unknown>): string[] {
  if (!options[option]) return [];
  return [
    options['by'] === undefined && `by: ${option} needs the name of the person who does it`,
    options['reason'] === undefined && `reason: ${option} needs a reason`,
    ['episode', 'trigger', 'parent'].some((key) => options[key] !== undefined) &&
      `${option}: only a person may do that, no alert, schedule or parent run`,
  ].filter((problem) => problem !== false);
}

/** The header's input with unknown keys refused. */
export const strictInputOf = (header: Pick<RunbookHeader, 'input'>): z.ZodType => warm(z.strictObject(header.input.shape));

function separateOptions(raw: Record<string, unknown>): { options: Record<string, unknown>; own: Record<string, unknown> } {
  const entries = Object.entries(raw);
  return {
    options: Object.fromEntries(entries.filter(([name]) => RUN_OPTIONS.includes(name))),
    own: Object.fromEntries(entries.filter(([name]) => !RUN_OPTIONS.includes(name))),
  };
}

const refusal = (header: RunbookHeader, problems: readonly string[]) =>
  closing(
    'InvalidInput',
    `${header.id} was not started: ${problems.join('; ')}. Example: ${JSON.stringify({ ...header.example, by: 'you', reason: '…' })}`,
  );

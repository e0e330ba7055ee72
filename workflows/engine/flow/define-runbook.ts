import type { z } from 'zod';
import type { RunResult } from '../../contracts/journal';
import type { RunbookHeader } from '../../contracts/header';
import type { RunOptions } from '../../contracts/params';
import { conductRun } from '../run/conduct';
import { refreshDashboard } from '../display/dashboard';
import { strictInputOf } from '../run/input';
import { hostRun } from '../run/host-run';
import type { RunState } from '../run/state';
import type { Closing, Run } from './verbs';

/** A runbook: a workflow function with its header. */
export interface Runbook<Input extends z.ZodObject = z.ZodObject> {
  (input: z.input<Input> & Partial<z.input<typeof RunOptions>>): Promise<RunResult>;
  readonly header: RunbookHeader<Input>;
}

export type Flow = (run: Run, input: never) => Promise<Closing | void>;

/** What a rehearsal needs of a runbook; hidden on its workflow function. */
export interface FlowParts {
  readonly header: RunbookHeader;
  readonly strictInput: z.ZodType;
  readonly flow: Flow;
}

const FLOW_PARTS = Symbol('the flow of a runbook');

/** Makes a durable runbook of a static header and a flow. The function's name is the header's id: the workflow type. */
export function defineRunbook<Input extends z.ZodObject<{ target: z.ZodType<string> }>>(
  header: RunbookHeader<Input>,
  flow: (run: Run, input: z.output<Input>) => Promise<Closing | void>,
): Runbook<Input> {
  const parts: FlowParts = { header, strictInput: strictInputOf(header), flow };
  const workflow = (raw: unknown): Promise<RunResult> => hostRun({ header, locks: true, cancel }, (state) => conductRun(state, parts, raw));
  Object.defineProperty(workflow, 'name', { value: header.id });
  Object.defineProperty(workflow, FLOW_PARTS, { value: parts });
  return Object.assign(workflow, { header });
}

/** The runbooks among the exports of a module, by id; what is no flow of the ten verbs is left out. */
export function flowsOf(exported: Readonly<Record<string, unknown>>): ReadonlyMap<string, FlowParts> {
  const parts = Object.values(exported).flatMap((one) => (typeof one === 'function' && FLOW_PARTS in one ? [one[FLOW_PARTS] as FlowParts] : []));
  return new Map(parts.map((one) => [one.header.id, one]));
}

/** A cancellation ends the step that runs now and rolls back; past the point of no return it is refused, and the dashboard says so. */
function cancel(state: RunState): void {
  const { ending, effects, journal } = state;
  if (ending.outcome || ending.rollingBack) return;
  if (!effects.pointOfNoReturn) return ending.cancel();
  const open = effects.openTitles;
  journal.note(
    'Cancellation refused',
    `past the point of no return (${effects.pointOfNoReturn})${open.length ? `; open: ${open.join(', ')}` : ''}`,
    'failed',
  );
  refreshDashboard(state);
}

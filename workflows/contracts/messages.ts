import { z } from 'zod';
import { PersonName, Reason } from './params';
import { warm } from './warm-up';

const By = PersonName.describe('your name; recorded as claimed unless the server attests it');

/** The first 8 or more hex digits of the plan's hash, as the dashboard shows it. */
export const PlanDigits = z
  .string()
  .trim()
  .toLowerCase()
  .refine((digits) => /^[0-9a-f]{8,64}$/.test(digits), 'give 8 or more hex digits of the plan hash, as the dashboard shows it');

export const Approve = z.strictObject({
  plan: PlanDigits,
  gate: z.int().positive().describe('the number of the gate, as the plan and the dashboard show it'),
  by: By,
  comment: z.string().max(1_000).optional(),
  choice: z.string().max(100).optional().describe('one of the choices of the gate, where it has some'),
});
export const Reject = z.strictObject({ by: By, reason: Reason });
export const Pause = z.strictObject({ by: By, reason: Reason.optional() });
export const Resume = z.strictObject({ by: By, reason: Reason.optional() });
export const Retry = z.strictObject({ by: By, reason: Reason.optional() });
export const Skip = z.strictObject({ by: By, reason: Reason });
export const Rollback = z.strictObject({ by: By, reason: Reason });
export const Abandon = z.strictObject({ by: By, reason: Reason });

/** What a query answers while a worker takes a run over; asked again it answers. */
export const NOT_YET = 'A worker is just taking this run over; ask again in a moment.';

/** Every message that an operator can send to a run: one JSON object each, as Update or as Signal of the same name. */
export const MESSAGES = {
  approve: {
    schema: Approve,
    help: '{"plan":"1a2b3c4d","gate":1,"by":"ann"} - approves one gate of one plan; plan = first 8 digits of its hash, gate = its number',
  },
  reject: { schema: Reject, help: '{"by":"ann","reason":"not tonight"} - rejects the open gate; the run rolls back' },
  pause: { schema: Pause, help: '{"by":"ann","reason":"..."} - stops before the next step, never inside a transaction' },
  resume: { schema: Resume, help: '{"by":"ann"} - goes on after a pause' },
  retry: { schema: Retry, help: '{"by":"ann"} - tries the failed step again' },
  skip: { schema: Skip, help: '{"by":"ann","reason":"..."} - goes on without the failed step, where the runbook can' },
  rollback: { schema: Rollback, help: '{"by":"ann","reason":"..."} - undoes what was done, in reverse order' },
  abandon: { schema: Abandon, help: '{"by":"ann","reason":"..."} - ends the run where it stands; nothing is undone' },
} as const;
for (const { schema } of Object.values(MESSAGES)) warm(schema);
export type MessageKind = keyof typeof MESSAGES;
export type Message<K extends MessageKind> = z.infer<(typeof MESSAGES)[K]['schema']>;

/** What an accepted message answers at once. */
export interface Receipt {
  readonly accepted: true;
  readonly message: string;
  /** Set while it is not known whether the message counts: the number of the decision in the run's record. */
  readonly decision?: number;
}

/** The queries of a run. */
export const QUERIES = {
  status: 'phase, current step, open gate and what you can do next',
  plan: 'the plan of the rehearsal with its hash',
  journal: 'every step so far with statements, rows and evidence',
  report: 'the whole record of the run',
} as const;

/** Every problem of a message or input, a line each: `path: what is wrong`. */
export function problemsOf(error: z.ZodError): string[] {
  return error.issues.map((issue) => `${issue.path.length ? issue.path.join('.') : 'input'}: ${issue.message}`);
}

import { z } from 'zod';
import { matching } from './matching';
import { warm } from './warm-up';

/** The name of a target in targets.yaml, such as `orders-eu`. Inputs carry this name, never a connection string. */
export const TargetName = matching(/^[a-z0-9][a-z0-9-]{0,62}$/, 'a target name has lower-case letters, digits and hyphens only');
export type TargetName = z.infer<typeof TargetName>;

/** A PostgreSQL identifier as it stands in the catalogue: any text of 1 to 63 bytes without a zero byte. It is quoted by the SQL kernel. */
export const Identifier = z
  .string()
  .min(1)
  .refine((name) => !name.includes('\0') && new TextEncoder().encode(name).length <= 63, 'an identifier has 1 to 63 bytes and no zero byte');
export type Identifier = z.infer<typeof Identifier>;

/** A person as they name themselves: at most 100 characters on one line. */
export const PersonName = z
  .string()
  .trim()
  .min(1, 'a name is needed')
  .max(100)
  .refine((name) => !/[\r\n]/.test(name), 'a name stands on one line');

/** Why something is done, in the operator's words: at most 1000 characters. */
export const Reason = z.string().trim().min(1, 'a reason is needed').max(1_000);

/** What every run takes beside its own input: who asks, why, and whether only the plan is wanted. */
export const RunOptions = warm(
  z.object({
    by: PersonName.optional().describe('who asks for the run; recorded, and compared where four eyes are demanded'),
    reason: Reason.optional().describe('why the run is started; it stands in the report'),
    mode: z.enum(['execute', 'plan']).default('execute').describe("'plan' stops after the rehearsal and returns the plan"),
    breakGlass: z
      .boolean()
      .optional()
      .describe('waives the gates of a runbook that allows it; "by" and "reason" are demanded and stand first in the report'),
    overrideFreeze: z
      .boolean()
      .optional()
      .describe('starts although changes of the target are frozen; "by" and "reason" are demanded and stand first in the report'),
    trigger: z
      .enum(['alert', 'schedule'])
      .optional()
      .describe('set by the gateway and by schedules: no gate is waived then, and nothing is changed before one was passed'),
    episode: z.string().max(200).optional().describe('the alert episode that the run belongs to'),
    parent: z
      .strictObject({ workflowId: z.string(), token: z.int().nullable(), plan: z.string().nullable() })
      .optional()
      .describe('set by a parent run only; refused from anybody else'),
  }),
);
export type RunOptions = z.infer<typeof RunOptions>;
export const RUN_OPTIONS = Object.keys(RunOptions.shape);

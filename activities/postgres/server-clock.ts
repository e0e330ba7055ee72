import { z } from 'zod';
import { TargetName } from '../../workflows/contracts/params';
import { operation } from '../effects/operation';
import { one } from '../sql/rows';
import { sql } from '../sql/sql';

/** The server's clock, in milliseconds since 1970: what a flow waits by, because a flow has no clock of its own. Source: clock_timestamp(). */
export const readServerClock = operation({
  effect: 'read',
  node: 'either',
  input: z.strictObject({ target: TargetName }),
  answer: one(z.object({ at: z.number() })),
  statement: () => sql`select floor(1000 * extract(epoch from clock_timestamp()))::float8 as at`,
});

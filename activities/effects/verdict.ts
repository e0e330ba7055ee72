import { z } from 'zod';
import { KernelFailure } from '../sql/kernel-failure';
import { one } from '../sql/rows';
import type { Session } from '../sql/session';
import type { Sql } from '../sql/sql';

/** What every `verify` answers: whether the world is as the change makes it, what was expected, what was seen. */
export const Verdict = z.object({ holds: z.boolean(), expected: z.string(), seen: z.string() });
export type Verdict = z.infer<typeof Verdict>;

export const judge = async (session: Session, statement: Sql): Promise<Verdict> => one(Verdict).take(await session.query(statement));

/** Fails unless the verdict holds. */
export async function mustHold(session: Session, operation: string, statement: Sql): Promise<string> {
  const verdict = await judge(session, statement);
  if (!verdict.holds) {
    throw new KernelFailure(
      'VerificationFailed',
      `${operation} ran, but the database is not as it should be: expected ${verdict.expected}, seen ${verdict.seen}.`,
    );
  }
  return verdict.seen;
}

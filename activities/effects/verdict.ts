import { z } from 'zod';
import { KernelFailure } from '../sql/kernel-failure';
import { one } from '../sql/rows';
import type { Session } from '../sql/session';
import type { Sql } from '../sql/sql';

/** What every `verify` answers: whether the world is as the change makes it, what was expected, what was seen. */
export const Verdict = z.object({ holds: z.boolean(), expected: z.string(), seen: z.string() });
export type Verdict = z.infer<typeof Verdict>;

export const judge = async (session: Session, statement: Sql): Promise<Verdict> => one(Verdict).take(await session.query(statement));

/** Fails unless the verdict holds; returns what was seen. */
export function mustHold(operation: string, { holds, expected, seen }: Verdict): string {
  if (holds) return seen;
  throw new KernelFailure('VerificationFailed', `${operation} ran, but the world is not as it should be: expected ${expected}, seen ${seen}.`);
}

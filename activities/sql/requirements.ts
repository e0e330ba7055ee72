import { z } from 'zod';
import { KernelFailure } from './kernel-failure';
import { many } from './rows';
import { sql, type Sql } from './sql';

/** One right or condition that a write needs: whether it holds (null: cannot be known), and a sentence that says what is missing and how to get it. */
const Requirement = z.object({ holds: z.boolean().nullable(), lacks: z.string().min(1) });
export type Requirement = z.infer<typeof Requirement>;

/** The rows of a `requires` statement. */
export const REQUIREMENTS = many(Requirement);

/** A statement for `requires`: one row for each condition. A condition that comes out null does not hold. */
export const conditions = (...each: readonly { readonly holds: Sql; readonly lacks: Sql | string }[]): Sql =>
  sql.join(
    each.map(({ holds, lacks }) => sql`select (${holds})::boolean as holds, ${lacks}::text as lacks`),
    '\nunion all\n',
  );

/** Throws PreconditionUnmet with the sentence of each requirement that does not hold, before any person is asked. No row at all proves nothing. */
export function refuseUnmet(name: string, requirements: readonly Requirement[]): void {
  if (requirements.length === 0) throw new KernelFailure('PreconditionUnmet', `${name} could not find out whether it may run; nothing was changed.`);
  const lacking = requirements.filter(({ holds }) => holds !== true);
  if (lacking.length) throw new KernelFailure('PreconditionUnmet', lacking.map(({ lacks }) => lacks).join(' '));
}

/** The condition that a login is a member of a predefined role and has its rights; `grant` is the role to ask for, where a wider one is usual. */
export const membership = (login: string, role: string, lacks: string, grant = role): { readonly holds: Sql; readonly lacks: string } => ({
  holds: sql`pg_has_role(${login}, ${role}, 'usage')`,
  lacks: `The login ${login} ${lacks}. Run: GRANT ${grant} TO ${sql.identifier(login).text}.`,
});

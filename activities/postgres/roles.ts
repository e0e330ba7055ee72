import { z } from 'zod';
import { Identifier, TargetName } from '../../workflows/contracts/params';
import { operation } from '../sql/operation';
import { many } from '../sql/rows';
import { sql } from '../sql/sql';

const RoleLimit = z.object({ role: z.string(), limit: z.number() });

/**
 * Sets how many connections a role may hold (-1 = no limit); sessions that exist stay.
 *
 * Its undo is the same act with the old limit. Login: CREATEROLE, on 16 and later with ADMIN OPTION on the role. Procedure mnt-pool.
 */
export const limitRoleConnections = operation({
  effect: 'write',
  repeat: 'transactional',
  scope: 'cluster',
  login: 'control',
  input: z.strictObject({ target: TargetName, role: Identifier, limit: z.int().min(-1).max(100_000) }),
  locks: 'a row lock on the role in pg_authid; no user notices',
  before: {
    rows: many(RoleLimit),
    statement: ({ role }) => sql`select rolname as role, rolconnlimit as "limit" from pg_roles where rolname = ${role}`,
  },
  statement: ({ role, limit }) => sql`alter role ${sql.identifier(role)} connection limit ${sql.integer(limit)}`,
  verify: ({ role, limit }) => sql`
    select coalesce(max(rolconnlimit), -2) = ${limit} as holds, format('connection limit %s for role %s', ${limit}::int, ${role}::text) as expected,
           coalesce('connection limit ' || max(rolconnlimit), 'no such role') as seen
      from pg_roles where rolname = ${role}`,
  undo: { by: 'limitRoleConnections', input: (input, [before]) => ({ ...input, limit: before?.limit ?? -1 }) },
});

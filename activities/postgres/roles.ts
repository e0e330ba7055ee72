import { z } from 'zod';
import { Identifier, TargetName } from '../../workflows/contracts/params';
import { operation } from '../effects/operation';
import { conditions } from '../sql/requirements';
import { many, maybeOne, one } from '../sql/rows';
import { sql, type Sql } from '../sql/sql';

const RoleUse = z.object({ role: z.string(), sessions: z.number(), limit: z.number(), superuser: z.boolean() });

/** The 20 roles that hold the most connections, and their limits (-1 = no limit). Sources: pg_stat_activity, pg_roles. */
export const listRoleUse = operation({
  effect: 'read',
  input: z.strictObject({ target: TargetName }),
  example: { target: 'orders-eu' },
  answer: many(RoleUse),
  statement: () => sql`
    select r.rolname as role, count(*)::int as sessions, r.rolconnlimit as "limit", r.rolsuper as superuser
      from pg_stat_activity a join pg_roles r on r.oid = a.usesysid
     where a.backend_type = 'client backend'
     group by r.rolname, r.rolconnlimit, r.rolsuper
     order by count(*) desc, r.rolname
     limit 20`,
});

const RoleLimit = z.object({ role: z.string(), limit: z.number() });
const limitOf = (role: string): Sql => sql`select rolname as role, rolconnlimit as "limit" from pg_roles where rolname = ${role}`;

/** The connection limit of a role (-1 = no limit); null where there is no such role. Source: pg_roles. */
export const findRoleLimit = operation({
  effect: 'read',
  input: z.strictObject({ target: TargetName, role: Identifier }),
  example: { target: 'orders-eu', role: 'web' },
  answer: maybeOne(RoleLimit),
  statement: ({ role }) => limitOf(role),
});

/** The right of a role to alter another one: CREATEROLE, from 16 on with ADMIN OPTION on it; of a superuser only a superuser's. */
const isAllowed = (login: Sql, altered: Sql): Sql => sql`
  ${login}.rolsuper or (${login}.rolcreaterole and not ${altered}.rolsuper
    and (current_setting('server_version_num')::int < 160000 or pg_has_role(${login}.oid, ${altered}.oid, 'member with admin option')))`;

const mayAlter = (login: string, role: string): Sql => {
  const [me, other] = [sql.identifier(login).text, sql.identifier(role).text];
  return conditions(
    { holds: sql`exists (select from pg_roles where rolname = ${role})`, lacks: `There is no role ${other}: look up its name in pg_roles.` },
    {
      holds: sql`exists (select from pg_roles me left join pg_roles r on r.rolname = ${role}
        where me.rolname = ${login} and (r.oid is null or ${isAllowed(sql`me`, sql`r`)}))`,
      lacks: `The login ${login} may not alter the role ${role}. Run: ALTER ROLE ${me} CREATEROLE; and from PostgreSQL 16 on: GRANT ${other} TO ${me} WITH ADMIN OPTION. A superuser is altered by superusers only.`,
    },
  );
};

/**
 * Sets how many connections a role may hold (-1 = no limit); existing sessions stay.
 *
 * Its undo is the same act with the old limit. Login: CREATEROLE, on 16 and later with ADMIN OPTION on the role. Procedure mnt-pool.
 */
export const limitRoleConnections = operation({
  effect: 'write',
  repeat: 'transactional',
  scope: 'cluster',
  login: 'control',
  input: z.strictObject({ target: TargetName, role: Identifier, limit: z.int().min(-1).max(100_000) }),
  example: { target: 'orders-eu', role: 'we"b', limit: 40 },
  exampleBefore: [{ role: 'we"b', limit: -1 }],
  requires: ({ role }, { login }) => mayAlter(login, role),
  locks: 'a row lock on the role in pg_authid; users notice nothing',
  before: { rows: many(RoleLimit), statement: ({ role }) => limitOf(role) },
  statement: ({ role, limit }) => sql`alter role ${sql.identifier(role)} connection limit ${sql.integer(limit)}`,
  verify: ({ role, limit }) => sql`
    select coalesce(max(rolconnlimit), -2) = ${limit} as holds, format('connection limit %s for role %s', ${limit}::int, ${role}::text) as expected,
           coalesce('connection limit ' || max(rolconnlimit), 'no such role') as seen
      from pg_roles where rolname = ${role}`,
  undo: { by: 'limitRoleConnections', input: (input, [before]) => ({ ...input, limit: before?.limit ?? -1 }) },
});

const Right = z.object({ exists: z.boolean(), allowed: z.boolean(), login: z.string() });

/**
 * Whether the login `control` may change a role's settings: CREATEROLE, on 16 and later with ADMIN OPTION on the role, and never a superuser's.
 *
 * Asked as that login, because the catalogue does not know whom targets.yaml lets in. Sources: pg_roles, pg_has_role().
 */
export const findRoleSettingRight = operation({
  effect: 'read',
  login: 'control',
  input: z.strictObject({ target: TargetName, role: Identifier }),
  example: { target: 'orders-eu', role: 'we"b' },
  answer: one(Right),
  statement: ({ role }) => sql`
    select r.oid is not null as exists, me.rolname::text as login,
           coalesce(${isAllowed(sql`me`, sql`r`)}, false) as allowed
      from pg_roles me left join pg_roles r on r.rolname = ${role} where me.rolname = current_user`,
});

const RoleWorkMem = z.object({ role: z.string(), workMem: z.string().nullable() });

/** A role's own work_mem in all databases, null where it has none. */
const workMemOf = (role: string): Sql => sql`
  select r.rolname as role,
         (select substr(c, 10) from pg_db_role_setting s cross join lateral unnest(s.setconfig) c
           where s.setrole = r.oid and s.setdatabase = 0 and starts_with(c, 'work_mem=')) as "workMem"
    from pg_roles r where r.rolname = ${role}`;

/**
 * Sets the work_mem with which new sessions of a role begin, null for none of its own; existing sessions keep theirs.
 *
 * Its undo is the same act with the old value. Login: CREATEROLE, on 16 and later with ADMIN OPTION on the role. Procedure tv-memory.
 */
export const setRoleWorkMem = operation({
  effect: 'write',
  repeat: 'transactional',
  scope: 'cluster',
  login: 'control',
  input: z.strictObject({ target: TargetName, role: Identifier, workMem: z.string().min(1).max(20).nullable() }),
  example: { target: 'orders-eu', role: 'we"b', workMem: '4MB' },
  exampleBefore: [{ role: 'we"b', workMem: null }],
  requires: ({ role }, { login }) => mayAlter(login, role),
  locks: 'a row of pg_db_role_setting; users notice nothing',
  before: { rows: many(RoleWorkMem), statement: ({ role }) => workMemOf(role) },
  statement: ({ role, workMem }) =>
    workMem === null
      ? sql`alter role ${sql.identifier(role)} reset work_mem`
      : sql`alter role ${sql.identifier(role)} set work_mem = ${sql.literal(workMem)}`,
  verify: ({ role, workMem }) => sql`
    select count(*) = 1 and coalesce(bool_and("workMem" is not distinct from ${workMem}::text), false) as holds,
           coalesce('work_mem ' || ${workMem}::text, 'no work_mem of its own') as expected,
           case when count(*) = 0 then 'no such role' else coalesce('work_mem ' || max("workMem"), 'no work_mem of its own') end as seen
      from (${workMemOf(role)}) w`,
  undo: { by: 'setRoleWorkMem', input: (input, [before]) => ({ ...input, workMem: before?.workMem ?? null }) },
});

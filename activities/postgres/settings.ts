import { z } from 'zod';
import { TargetName } from '../../workflows/contracts/params';
import { operation } from '../effects/operation';
import { conditions } from '../sql/requirements';
import { many, one } from '../sql/rows';
import { sql, type Sql } from '../sql/sql';

const Target = z.strictObject({ target: TargetName });

/** What ALTER DATABASE has set for default_transaction_read_only in this database; null where nothing is set. */
const VALUE = sql`
  (select substr(c, 31) from pg_db_role_setting s join pg_database d on d.oid = s.setdatabase cross join lateral unnest(s.setconfig) c
    where d.datname = current_database() and s.setrole = 0 and starts_with(c, 'default_transaction_read_only='))`;

const Default = z.object({
  database: z.string(),
  value: z.string().nullable(),
  readOnly: z.boolean(),
  recorded: z.boolean(),
  recordedValue: z.string().nullable(),
  recordedAt: z.string().nullable(),
  sessions: z.number(),
  olderSessions: z.number(),
  olderWriting: z.number(),
  exceptions: z.array(z.string()),
});

/**
 * Whether transactions of new sessions in this database begin read-only, what the ledger records about it, and whom the default does not reach.
 *
 * `recorded`: the last change that a run made was to set it on; `recordedValue` is what was set before (null: nothing). `olderSessions`
 * began before that and keep their old setting, `olderWriting` of them have written in their open transaction. `exceptions` are roles with a
 * setting of their own, which takes precedence. Sources: pg_db_role_setting, the ledger, pg_stat_activity. Procedure tv-read-only.
 */
export const findReadOnlyDefault = operation({
  effect: 'read',
  input: Target,
  example: { target: 'orders-eu' },
  answer: one(Default),
  statement: () => sql`
    with last as (
      select l.input->>'value' = 'on' as recorded, l.before->0->>'value' as value, l.done_at
        from runbooks.ledger l where l.operation = 'setReadOnlyDefault' and l.state = 'done' order by l.seq desc limit 1
    ), sessions as (
      select a.backend_start < (select done_at from last where recorded) as older, a.backend_xid is not null as writing
        from pg_stat_activity a
       where a.backend_type = 'client backend' and a.datname = current_database() and a.application_name not like 'rb:%'
    )
    select current_database()::text as database, ${VALUE} as value, coalesce(${VALUE}::boolean, false) as "readOnly",
           coalesce((select recorded from last), false) as recorded, (select value from last where recorded) as "recordedValue",
           (select done_at::text from last where recorded) as "recordedAt",
           (select count(*)::int from sessions) as sessions, (select count(*)::int from sessions where older) as "olderSessions",
           (select count(*)::int from sessions where older and writing) as "olderWriting",
           array(select format('%s: %s', r.rolname, substr(c, 31))
                   from pg_db_role_setting s join pg_roles r on r.oid = s.setrole cross join lateral unnest(s.setconfig) c
                  where (s.setdatabase = 0 or s.setdatabase = (select oid from pg_database where datname = current_database()))
                    and starts_with(c, 'default_transaction_read_only=') order by 1 limit 20) as exceptions`,
});

const Pending = z.object({ pendingRestart: z.array(z.string()) });

/** Settings whose new value waits for a restart of the server, 10 of them. Source: pg_settings. */
export const findPendingSettings = operation({
  effect: 'read',
  node: 'either',
  input: Target,
  example: { target: 'orders-eu' },
  answer: one(Pending),
  statement: () => sql`select array(select name from pg_settings where pending_restart order by name limit 10) as "pendingRestart"`,
});

const Before = z.object({ database: z.string(), value: z.string().nullable() });

/**
 * Sets the default_transaction_read_only with which new sessions of this database begin, null for no setting of the database.
 *
 * A default, not a lock: a session can turn it off, and existing sessions keep theirs. Its undo is the same act with the old value.
 * Login: the owner of the database. Procedure tv-read-only.
 */
export const setReadOnlyDefault = operation({
  effect: 'write',
  repeat: 'transactional',
  scope: 'database',
  login: 'own',
  input: Target.extend({ value: z.string().min(1).max(10).nullable() }),
  example: { target: 'orders-eu', value: 'on' },
  exampleBefore: [{ database: 'sh"op', value: null }],
  requires: ({ value }, { login }) =>
    conditions({
      holds: sql`(select pg_has_role(${login}, datdba, 'usage') from pg_database where datname = current_database())`,
      lacks: sql`(select format('Only the owner of %s may change its settings. Run: GRANT %I TO %I; or as %I: ALTER DATABASE %I %s;',
        datname, pg_get_userbyid(datdba), ${login}::text, pg_get_userbyid(datdba), datname, ${value === null ? 'RESET default_transaction_read_only' : `SET default_transaction_read_only = ${value}`}::text)
        from pg_database where datname = current_database())`,
    }),
  locks: 'a row of pg_db_role_setting; users notice nothing',
  before: { rows: many(Before), statement: (): Sql => sql`select current_database()::text as database, ${VALUE} as value` },
  statement: ({ value }, [before]) => {
    const database = sql.identifier(before?.database ?? '');
    return value === null
      ? sql`alter database ${database} reset default_transaction_read_only`
      : sql`alter database ${database} set default_transaction_read_only = ${sql.literal(value)}`;
  },
  verify: ({ value }) => sql`
    select now is not distinct from ${value}::text as holds, coalesce('default_transaction_read_only ' || ${value}::text, 'no setting of the database') as expected,
           coalesce('default_transaction_read_only ' || now, 'no setting of the database') as seen
      from (select ${VALUE} as now) d`,
  undo: { by: 'setReadOnlyDefault', input: (input, [before]) => ({ ...input, value: before?.value ?? null }) },
});

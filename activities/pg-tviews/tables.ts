import { z } from 'zod';
import { Identifier } from '../../workflows/contracts/params';
import { Span } from '../../workflows/contracts/span';
import { milliseconds } from '../../workflows/pure/span';
import { operation, type RunsAs } from '../effects/operation';
import { many, one } from '../sql/rows';
import { sql, type Sql } from '../sql/sql';
import { RELEASED, TARGET } from './examples';
import { OnTarget, Target, type Installation } from './installation';
import { tviews } from './views';

/** The tables in which each interface keeps its own data; those that a server does not have are left out. */
function internalTables({ dialect, schema, queue }: Installation): string[] {
  const names = dialect === 'immediate' ? ['pg_tview_meta', 'pg_tview_helpers', 'pg_tview_audit_log'] : ['pg_tviews_metadata'];
  return [...names.map((name) => sql.identifier(schema, name).text), ...(queue ? [sql.identifier(queue.schema, queue.table).text] : [])];
}

/** Every table that maintenance is for: the tv_ tables and its own tables. */
const tables = (on: Installation): Sql => sql`
  select c.oid, n.oid as namespace, n.nspname as schema, c.relname as "table", c.relowner as owner, m.kind, c.relfrozenxid as frozen
    from (select t.table_oid as oid, 'tview' as kind from (${tviews(on)}) t
           union select to_regclass(name)::oid, 'internal' from unnest(${internalTables(on)}::text[]) name) m
    join pg_class c on c.oid = m.oid and c.relkind = 'r' join pg_namespace n on n.oid = c.relnamespace`;

const Figures = z.object({
  tables: z.number(),
  sizeBytes: z.number(),
  liveRows: z.number(),
  deadRows: z.number(),
  auditRows: z.number(),
  auditBytes: z.number(),
  hitPercent: z.number().nullable(),
});

/**
 * The tables of pg_tviews in sum: size with indexes and TOAST in bytes, live and dead rows, the audit log, and the share of blocks found in cache.
 *
 * The figures are the server's statistics, not counts; `hitPercent` is null while nothing was read. Sources: pg_stat_user_tables, pg_statio_user_tables.
 * Procedures tv-maintenance, tv-performance.
 */
export const measureTviewTables = operation({
  effect: 'read',
  input: OnTarget,
  example: RELEASED,
  answer: one(Figures),
  statement: ({ on }) => sql`
    select count(*)::int as tables, coalesce(sum(pg_total_relation_size(t.oid)), 0)::float8 as "sizeBytes",
           coalesce(sum(s.n_live_tup), 0)::float8 as "liveRows", coalesce(sum(s.n_dead_tup), 0)::float8 as "deadRows",
           coalesce(sum(s.n_live_tup) filter (where t."table" = 'pg_tview_audit_log'), 0)::float8 as "auditRows",
           coalesce(sum(pg_total_relation_size(t.oid)) filter (where t."table" = 'pg_tview_audit_log'), 0)::float8 as "auditBytes",
           round(100 * sum(io.heap_blks_hit) / nullif(sum(io.heap_blks_hit + io.heap_blks_read), 0), 1)::float8 as "hitPercent"
      from (${tables(on)}) t left join pg_stat_user_tables s on s.relid = t.oid left join pg_statio_user_tables io on io.relid = t.oid`,
});

const Bloat = z.object({
  table: z.string(),
  kind: z.enum(['tview', 'internal']),
  sizeBytes: z.number(),
  liveRows: z.number(),
  deadRows: z.number(),
  xidAge: z.number(),
  lastVacuum: z.string().nullable(),
  lastAnalyze: z.string().nullable(),
});

/** Each table with its dead rows, size in bytes, age and last vacuum and analyze, the 40 with the most dead rows first. Procedure tv-maintenance. */
export const listTviewTables = operation({
  effect: 'read',
  input: OnTarget,
  example: RELEASED,
  answer: many(Bloat),
  statement: ({ on }) => sql`
    select format('%I.%I', t.schema, t."table") as "table", t.kind, pg_total_relation_size(t.oid)::float8 as "sizeBytes",
           coalesce(s.n_live_tup, 0)::float8 as "liveRows", coalesce(s.n_dead_tup, 0)::float8 as "deadRows", age(t.frozen) as "xidAge",
           greatest(s.last_vacuum, s.last_autovacuum)::text as "lastVacuum", greatest(s.last_analyze, s.last_autoanalyze)::text as "lastAnalyze"
      from (${tables(on)}) t left join pg_stat_user_tables s on s.relid = t.oid
     order by s.n_dead_tup desc nulls last, 1
     limit 40`,
});

const Left = z.object({ tables: z.number(), left: z.number(), which: z.array(z.string()) });

/** How many of the tables no VACUUM of a session has reached within a span, and which (at most 20). Source: pg_stat_user_tables.last_vacuum. */
export const countUnvacuumedTviews = operation({
  effect: 'read',
  input: OnTarget.extend({ within: Span }),
  example: { ...RELEASED, within: '1 day' },
  answer: one(Left),
  statement: ({ on, within }) => sql`
    select count(*)::int as tables, (count(*) filter (where not fresh))::int as left, coalesce((array_agg(name order by name) filter (where not fresh))[1:20], '{}') as which
      from (select format('%I.%I', t.schema, t."table") as name,
                   coalesce(s.last_vacuum > clock_timestamp() - make_interval(secs => ${milliseconds(within) / 1_000}), false) as fresh
              from (${tables(on)}) t left join pg_stat_user_tables s on s.relid = t.oid) d`,
});

const Holder = z.object({ kind: z.string(), who: z.string(), xidAge: z.number() });

/**
 * Who holds back vacuum the most: a session, a prepared transaction, a slot or a standby's feedback; at most 5, the oldest first, in transactions.
 *
 * Rows that died after it began cannot be removed, whatever is vacuumed. Sources: pg_stat_activity, pg_prepared_xacts, pg_replication_slots, pg_stat_replication.
 */
export const listXminHoldersOfTviews = operation({
  effect: 'read',
  input: OnTarget,
  example: RELEASED,
  answer: many(Holder),
  statement: () => sql`
    select kind, who, xid_age as "xidAge"
      from (select 'session' as kind, format('pid %s, %s, %s', pid, usename, application_name) as who, age(backend_xmin) as xid_age
              from pg_stat_activity where backend_type = 'client backend' and datname = current_database() and pid <> pg_backend_pid()
            union all select 'prepared transaction', gid, age(transaction) from pg_prepared_xacts where database = current_database()
            union all select 'slot', slot_name, greatest(age(xmin), age(catalog_xmin)) from pg_replication_slots
            union all select 'standby', coalesce(application_name, ''), age(backend_xmin) from pg_stat_replication) h
     where xid_age > 0 order by xid_age desc limit 5`,
});

const Named = z.strictObject({ schema: Identifier, table: Identifier });
/** As many tables as one step takes; the next page begins after the last name of this one. */
const PAGE = 40;

/** The tables that maintenance is for, a page in the order of their names. Sources: the metadata, pg_class. Procedure tv-maintenance. */
export const listMaintainedTables = operation({
  effect: 'read',
  input: OnTarget.extend({ after: z.string().max(300).default('') }),
  example: { ...RELEASED, after: '' },
  answer: many(Named.extend({ name: z.string() })),
  statement: ({ on, after }) => sql`
    select t.schema, t."table", format('%I.%I', t.schema, t."table") as name
      from (${tables(on)}) t
     where format('%I.%I', t.schema, t."table") collate "C" > ${after}
     order by format('%I.%I', t.schema, t."table") collate "C"
     limit ${PAGE}`,
});

/** The tables by name: the logins that vacuum need not read the metadata. */
const Chosen = Target.extend({ tables: z.array(Named).min(1).max(PAGE) });
type Chosen = z.output<typeof Chosen>;
const EXAMPLE = { ...TARGET, tables: [{ schema: 'shop', table: 'tv_order' }] };

const Right = z.object({ login: z.string(), denied: z.number(), deniedTables: z.array(z.string()) });

/** Which of the tables a login may vacuum: it needs the schema, and the table's or database's ownership, or from 17 on MAINTAIN (pg_maintain). */
const selectAllowed = (login: Sql, chosen: readonly z.output<typeof Named>[]): Sql => sql`
  select format('%I.%I', w.schema, w."table") as name,
         has_schema_privilege(${login}, n.oid, 'usage')
           and (pg_has_role(${login}, c.relowner, 'usage') or (select pg_has_role(${login}, datdba, 'usage') from pg_database where datname = current_database())
                or case when current_setting('server_version_num')::int >= 170000 then has_table_privilege(${login}, c.oid, 'maintain') else false end) as allowed
    from jsonb_to_recordset(${JSON.stringify(chosen)}::jsonb) as w (schema text, "table" text)
    join pg_namespace n on n.nspname = w.schema join pg_class c on c.relnamespace = n.oid and c.relname = w."table"`;

/** What a login may not vacuum. */
const right = {
  effect: 'read',
  input: Chosen,
  example: EXAMPLE,
  answer: one(Right),
  statement: ({ tables: chosen }: Chosen): Sql => sql`
    select current_user::text as login, (count(*) filter (where not allowed))::int as denied,
           coalesce((array_agg(name order by name) filter (where not allowed))[1:20], '{}') as "deniedTables"
      from (${selectAllowed(sql`current_user::text`, chosen)}) d`,
} as const;

/** What the login `maintain` may not vacuum. Asked as that login. */
export const findVacuumRight = operation({ ...right, login: 'maintain' });
/** What the login `own` may not vacuum. Asked as that login. */
export const findOwnVacuumRight = operation({ ...right, login: 'own' });

const Vacuumed = Named.extend({ deadRows: z.number(), seenAt: z.string() });

const vacuum = {
  effect: 'write',
  repeat: 'idempotent',
  scope: 'database',
  input: Chosen,
  example: EXAMPLE,
  exampleBefore: [{ schema: 'shop', table: 'tv_order', deadRows: 20, seenAt: '2030-01-01 00:00:00+00' }],
  requires: ({ tables: chosen }: Chosen, { login }: RunsAs): Sql => {
    return sql`
      select count(*) > 0 and bool_and(allowed) as holds,
             case when count(*) = 0 then 'None of the tables is there any more.'
                  else format('The login %s may not vacuum %s. Run: GRANT pg_maintain TO %1$s (PostgreSQL 17 and later), or make it a member of the role that owns them; and GRANT USAGE on their schemas.',
                              quote_ident(${login}::text), array_to_string((array_agg(name order by name) filter (where not allowed))[1:10], ', ')) end as lacks
        from (${selectAllowed(sql`${login}::text`, chosen)}) a`;
  },
  statementTimeout: '1 hour',
  lockTimeout: '3 seconds',
  locks:
    'SHARE UPDATE EXCLUSIVE on one table at a time: reads and writes go on, DDL and another vacuum of it wait; waits at most 3 seconds for each, and none is truncated at its end',
  passesOver: ['55P03', '42P01'],
  before: {
    rows: many(Vacuumed),
    // No size: asking for it would wait for whoever has the table locked.
    statement: ({ tables: chosen }: Chosen): Sql => sql`
      select w.schema, w."table", coalesce(s.n_dead_tup, 0)::float8 as "deadRows", clock_timestamp()::text as "seenAt"
        from jsonb_to_recordset(${JSON.stringify(chosen)}::jsonb) as w (schema text, "table" text)
        join pg_stat_user_tables s on s.schemaname = w.schema and s.relname = w."table" order by 1, 2`,
  },
  binds: (found: readonly z.infer<typeof Vacuumed>[]) => found.map(({ schema, table }) => [schema, table]),
  statement: (_: unknown, found: readonly z.infer<typeof Vacuumed>[]): Sql[] =>
    found.map(({ schema, table }) => sql`vacuum (analyze, truncate false) ${sql.identifier(schema, table)}`),
  verify: (_: unknown, found: readonly z.infer<typeof Vacuumed>[]): Sql => sql`
    select count(*) = 0 as holds, ${`${found.length} tables vacuumed and analyzed`}::text as expected,
           case when count(*) = 0 then ${`${found.length} tables vacuumed and analyzed`}::text
                else format('not done: %s', (array_agg(format('%I.%I', s.schemaname, s.relname) order by 1))[1:20]) end as seen
      from jsonb_to_recordset(${JSON.stringify(found)}::jsonb) as w (schema text, "table" text, "seenAt" timestamptz)
      join pg_stat_user_tables s on s.schemaname = w.schema and s.relname = w."table"
     where s.last_vacuum is null or s.last_vacuum < w."seenAt" or s.last_analyze is null or s.last_analyze < w."seenAt"`,
  undo: { none: 'what is removed was dead already' },
} as const;

/**
 * Vacuums and analyzes every table of pg_tviews, one after the other; a table that cannot be locked in time is skipped and named.
 *
 * Without the end's truncation: that takes ACCESS EXCLUSIVE. Login with MAINTAIN (17 and later) or the tables' owner. Procedure tv-maintenance.
 */
export const vacuumTviewTables = operation({ ...vacuum, login: 'maintain' });

/** The same as the tables' owner: before 17 nobody else may. Procedure tv-maintenance. */
export const vacuumOwnTviewTables = operation({ ...vacuum, login: 'own' });

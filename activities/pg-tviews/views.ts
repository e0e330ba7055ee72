import { z } from 'zod';
import { Identifier } from '../../workflows/contracts/params';
import { operation } from '../effects/operation';
import { many, one } from '../sql/rows';
import { sql, type Sql } from '../sql/sql';
import { ORDER, RELEASED } from './examples';
import { OnTarget, type Installation } from './installation';

/** A TVIEW: a table that is kept equal to a view. */
export const Tview = z.strictObject({
  entity: z.string().min(1).max(200),
  schema: Identifier.describe('where its table is'),
  table: Identifier,
  viewSchema: Identifier,
  view: Identifier.describe('the view that the table must equal'),
  /** The columns of the view; the table has them and more. */
  columns: z.array(Identifier).min(1).max(100),
  key: Identifier.describe('the column of the view that identifies a row'),
});
export type Tview = z.infer<typeof Tview>;

/** As many as one answer holds; the next page begins after the last entity of this one. */
export const PAGE = 40;

/**
 * Each TVIEW of the metadata with its table and view by oid, whatever is missing of them.
 *
 * The released extension stores oids; the queued interface stores names: the view is `v_` and the name without `tv_`.
 */
export function tviews({ dialect, schema }: Installation): Sql {
  if (dialect === 'immediate') {
    return sql`
      select m.entity, 'tv_' || m.entity as table_name, t.oid as table_oid, v.oid as view_oid, m.dependencies::oid[] as bases
        from ${sql.identifier(schema, 'pg_tview_meta')} m
        left join pg_class t on t.oid = m.table_oid
        left join pg_class v on v.oid = m.view_oid`;
  }
  const byName = (name: Sql): Sql => sql`
    (select c.oid from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where (c.relname = ${name} or n.nspname || '.' || c.relname = ${name}) and c.relkind in ('r', 'p', 'v', 'm')
        and n.nspname !~ '^(pg_|information_schema)'
      order by n.nspname = ${schema} desc, n.nspname limit 1)`;
  return sql`
    select m.entity_name as entity, m.entity_name as table_name, ${byName(sql`m.entity_name`)} as table_oid,
           ${byName(sql`regexp_replace(m.entity_name, '(^|[.])tv_', '\\1v_')`)} as view_oid,
           array_remove(array[${byName(sql`m.backing_table_name`)}], null) as bases
      from ${sql.identifier(schema, 'pg_tviews_metadata')} m`;
}

/**
 * The TVIEWs whose table and view are both there, with the columns of the view and the key, and whether rows can be refreshed by that key
 * (`keyed`: a unique index on it alone) or a foreign key forbids to truncate the table (`referenced`).
 */
export const whole = (on: Installation): Sql => sql`
  select m.entity, t.oid as table_oid, tn.nspname as schema, t.relname as "table", vn.nspname as "viewSchema", v.relname as view, c.columns, k.key,
         exists (select from pg_index i join pg_attribute a on a.attrelid = i.indrelid and a.attnum = i.indkey[0]
                  where i.indrelid = t.oid and i.indisunique and i.indisvalid and i.indimmediate and i.indpred is null and i.indnkeyatts = 1 and a.attname = k.key) as keyed,
         exists (select from pg_constraint f where f.confrelid = t.oid and f.contype = 'f') as referenced,
         array(select c.name from unnest(c.columns) c (name)
                where not exists (select from pg_attribute a where a.attrelid = t.oid and a.attname = c.name and a.attnum > 0 and not a.attisdropped)) as lacks
    from (${tviews(on)}) m
    join pg_class t on t.oid = m.table_oid join pg_namespace tn on tn.oid = t.relnamespace
    join pg_class v on v.oid = m.view_oid join pg_namespace vn on vn.oid = v.relnamespace
    cross join lateral (select array_agg(a.attname::text order by a.attnum) as columns
                          from pg_attribute a where a.attrelid = v.oid and a.attnum > 0 and not a.attisdropped) c
    cross join lateral (select case when 'pk_' || regexp_replace(m.entity, '^tv_', '') = any(c.columns)
                                    then 'pk_' || regexp_replace(m.entity, '^tv_', '') else c.columns[1] end as key) k`;

/** The TVIEWs whose table and view are both there, a page in the order of their names. Sources: the metadata, pg_attribute. Procedures tv-refresh-all, tv-health. */
export const listTviews = operation({
  effect: 'read',
  node: 'either',
  input: OnTarget.extend({ after: z.string().max(200).default('') }),
  example: { ...RELEASED, after: '' },
  answer: many(Tview),
  statement: ({ on, after }) => sql`
    select entity, schema, "table", "viewSchema", view, columns, key from (${whole(on)}) w where entity > ${after} order by entity limit ${PAGE}`,
});

const Status = z.object({ entity: z.string(), status: z.string(), doNext: z.string() });

/**
 * The status of each TVIEW by the catalogue alone, those with problems first: cheap, and blind for stale rows (compareTview sees those).
 *
 * The extension's own health check says OK over disabled triggers, stale rows and ghosts, and cannot run on a standby. Procedure tv-health.
 */
export const listTviewStatus = operation({
  effect: 'read',
  node: 'either',
  input: OnTarget,
  example: RELEASED,
  answer: many(Status),
  statement: ({ on }) => sql`
    with states as (
      select m.entity,
             case when m.table_oid is null then 'TABLE MISSING'
                  when m.view_oid is null then 'VIEW MISSING'
                  when cardinality(m.bases) = 0 then 'BASE TABLE MISSING'
                  when t.found < cardinality(m.bases) then 'TRIGGERS MISSING'
                  when t.disabled > 0 then 'TRIGGERS DISABLED'
                  else 'OK' end as status
        from (${tviews(on)}) m
        cross join lateral (
          select count(distinct t.tgrelid) as found, count(*) filter (where t.tgenabled = 'D') as disabled
            from pg_trigger t
           where t.tgrelid = any(m.bases) and not t.tgisinternal and t.tgfoid = any(${on.handlers}::regprocedure[]::oid[])
             and (encode(t.tgargs, 'escape') = m.entity || '\\000' or encode(t.tgargs, 'escape') = '')) t)
    select entity, status,
           case status
             when 'TABLE MISSING' then 'the table was dropped: runbook start rebuildTview'
             when 'VIEW MISSING' then 'its view was dropped: runbook start rebuildTview'
             when 'BASE TABLE MISSING' then 'its base table is gone: drop the TVIEW, or restore the table'
             when 'TRIGGERS MISSING' then 'writes do not reach it: create the triggers again, then runbook start refreshTview'
             when 'TRIGGERS DISABLED' then 'writes do not reach it: runbook start restoreRefreshTriggers'
             else 'nothing' end as "doNext"
      from states
     order by status = 'OK', entity
     limit 50`,
});

const Counts = z.object({ tviews: z.number(), ok: z.number(), triggers: z.number(), disabledTriggers: z.number() });

/** How many TVIEWs and refresh triggers there are: the companion of listTviewStatus, because no row of a list proves nothing by itself. */
export const countTviews = operation({
  effect: 'read',
  node: 'either',
  input: OnTarget,
  example: RELEASED,
  answer: one(Counts),
  statement: ({ on }) => sql`
    select (select count(*)::int from (${tviews(on)}) m) as tviews,
           (select count(*)::int from (${tviews(on)}) m where m.table_oid is not null and m.view_oid is not null) as ok,
           (select count(*)::int from pg_trigger where not tgisinternal and tgfoid = any(${on.handlers}::regprocedure[]::oid[])) as triggers,
           (select count(*)::int from pg_trigger where not tgisinternal and tgenabled = 'D' and tgfoid = any(${on.handlers}::regprocedure[]::oid[])) as "disabledTriggers"`,
});

const Difference = z.object({
  entity: z.string(),
  rows: z.number(),
  missing: z.number(),
  surplus: z.number(),
  ghosts: z.number(),
  differing: z.number(),
  queued: z.number(),
});

/**
 * The difference of a TVIEW and its view, over the view's columns: `missing` rows that the table lacks or has in an older form,
 * `surplus` rows that the view lacks, `ghosts` among them whose key is not in the view at all, `differing` = missing + surplus.
 * `queued` entries may explain a difference: what they stand for is still to be done.
 *
 * The only measure of staleness that sees everything: no time, error or count of the extension does. Costs two evaluations of the view.
 */
export const compareTview = operation({
  effect: 'read',
  pace: 'slow',
  node: 'either',
  statementTimeout: '10 minutes',
  input: OnTarget.extend({ tview: Tview }),
  example: { ...RELEASED, tview: ORDER },
  answer: one(Difference),
  statement: ({ on, tview }) => {
    const [first = tview.key, ...rest] = tview.columns;
    const columns = sql.join(
      [first, ...rest].map((column) => sql.identifier(column)),
      ', ',
    );
    const table = sql.identifier(tview.schema, tview.table);
    const view = sql.identifier(tview.viewSchema, tview.view);
    const key = sql.identifier(tview.key);
    const queued = on.queue
      ? sql`(select count(*)::int from ${sql.identifier(on.queue.schema, on.queue.table)} where entity_name = ${tview.entity})`
      : sql`0`;
    return sql`
      with missing as (select ${columns} from ${view} except all select ${columns} from ${table}),
           surplus as (select ${columns} from ${table} except all select ${columns} from ${view})
      select ${tview.entity}::text as entity, (select count(*)::int from ${table}) as rows,
             (select count(*)::int from missing) as missing, (select count(*)::int from surplus) as surplus,
             (select count(*)::int from surplus s where not exists (select from ${view} v where v.${key} = s.${key})) as ghosts,
             (select count(*)::int from missing) + (select count(*)::int from surplus) as differing, ${queued} as queued`;
  },
});

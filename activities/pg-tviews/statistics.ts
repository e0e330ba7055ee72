import { z } from 'zod';
import { Identifier } from '../../workflows/contracts/params';
import { KernelFailure } from '../sql/kernel-failure';
import { operation } from '../effects/operation';
import { many, one } from '../sql/rows';
import { withoutLiterals } from '../sql/scrub';
import { sql } from '../sql/sql';
import { QUEUED, RELEASED, TARGET } from './examples';
import { OnTarget, Target } from './installation';
import { tviews } from './views';

const Use = z.object({
  table: z.string(),
  sizeBytes: z.number(),
  indexBytes: z.number(),
  liveRows: z.number(),
  deadRows: z.number(),
  sequentialScans: z.number(),
  rowsBySequentialScan: z.number(),
  indexScans: z.number(),
  hitPercent: z.number().nullable(),
  written: z.number(),
});

/**
 * How each tv_ table is read and written since the statistics began: scans, rows, and the share of its blocks that was in cache; the 30 largest.
 *
 * Sources: pg_stat_user_tables, pg_statio_user_tables. Procedure tv-performance.
 */
export const listTviewUse = operation({
  effect: 'read',
  input: OnTarget,
  example: RELEASED,
  answer: many(Use),
  statement: ({ on }) => sql`
    select format('%I.%I', s.schemaname, s.relname) as "table", pg_total_relation_size(s.relid)::float8 as "sizeBytes", pg_indexes_size(s.relid)::float8 as "indexBytes",
           s.n_live_tup::float8 as "liveRows", s.n_dead_tup::float8 as "deadRows", s.seq_scan::float8 as "sequentialScans",
           s.seq_tup_read::float8 as "rowsBySequentialScan", coalesce(s.idx_scan, 0)::float8 as "indexScans",
           round(100.0 * (io.heap_blks_hit + coalesce(io.idx_blks_hit, 0))
                 / nullif(io.heap_blks_hit + io.heap_blks_read + coalesce(io.idx_blks_hit + io.idx_blks_read, 0), 0), 1)::float8 as "hitPercent",
           (s.n_tup_ins + s.n_tup_upd + s.n_tup_del)::float8 as written
      from (${tviews(on)}) m join pg_stat_user_tables s on s.relid = m.table_oid join pg_statio_user_tables io on io.relid = m.table_oid
     order by pg_total_relation_size(s.relid) desc, 1
     limit 30`,
});

const Duration = z.object({ entity: z.string(), durationMs: z.number().nullable(), lastRefreshAt: z.string().nullable(), failed: z.boolean() });

/** How long the last refresh of each TVIEW took, the 30 slowest; only the queued interface records it. Source: pg_tviews_metadata. Procedure tv-performance. */
export const listRefreshDurations = operation({
  effect: 'read',
  input: OnTarget,
  example: QUEUED,
  answer: many(Duration),
  statement: ({ on }) => {
    if (on.dialect !== 'queued')
      throw new KernelFailure(
        'CapabilityAbsent',
        'This version of pg_tviews records no time of any refresh; its own performance views are constants. Look at the statements in pg_stat_statements instead.',
      );
    return sql`
      select entity_name as entity, last_refresh_duration_ms::float8 as "durationMs", last_refresh_time::text as "lastRefreshAt", last_error is not null as failed
        from ${sql.identifier(on.schema, 'pg_tviews_metadata')}
       order by last_refresh_duration_ms desc nulls last, entity_name
       limit 30`;
  },
});

const Statistics = z.object({ schema: Identifier.nullable(), why: z.string() });

/** Where the statistics of statements can be read: the schema of pg_stat_statements, or null and why not. Sources: pg_extension, shared_preload_libraries. */
export const findTviewStatements = operation({
  effect: 'read',
  input: Target,
  example: TARGET,
  answer: one(Statistics),
  statement: () => sql`
    select case when preloaded and usable then schema end as schema,
           case when schema is null then 'pg_stat_statements is not installed in this database: CREATE EXTENSION pg_stat_statements'
                when not preloaded then 'pg_stat_statements is not in shared_preload_libraries, so it counts nothing'
                when not usable then format('the login %s may not read pg_stat_statements: grant usage on its schema', current_user)
                else '' end as why
      from (select n.nspname::text as schema, coalesce(has_schema_privilege(n.oid, 'usage'), false) as usable,
                   exists (select from unnest(string_to_array(current_setting('shared_preload_libraries', true), ',')) l
                            where trim(both ' "' from l) = 'pg_stat_statements') as preloaded
              from (values (1)) one left join pg_extension e on e.extname = 'pg_stat_statements' left join pg_namespace n on n.oid = e.extnamespace) s`,
});

const Statement = z.object({
  calls: z.number(),
  totalMs: z.number(),
  meanMs: z.number(),
  rows: z.number(),
  hitPercent: z.number().nullable(),
  query: z.string().transform(withoutLiterals),
});

/** The statements of this database that name a tv_ table or a refresh, the 10 that took the most time in all. Source: pg_stat_statements. Procedure tv-performance. */
export const listTviewStatements = operation({
  effect: 'read',
  pace: 'slow',
  statementTimeout: '10 seconds',
  input: OnTarget.extend({ schema: Identifier.describe('where pg_stat_statements is') }),
  example: { ...RELEASED, schema: 'public' },
  answer: many(Statement),
  statement: ({ on, schema }) => sql`
    select s.calls::float8 as calls, round(s.total_exec_time::numeric, 1)::float8 as "totalMs", round(s.mean_exec_time::numeric, 2)::float8 as "meanMs",
           s.rows::float8 as rows, round(100.0 * s.shared_blks_hit / nullif(s.shared_blks_hit + s.shared_blks_read, 0), 1)::float8 as "hitPercent",
           left(s.query, 2000) as query
      from ${sql.identifier(schema, 'pg_stat_statements')} s
     where s.dbid = (select oid from pg_database where datname = current_database())
       and (strpos(s.query, 'pg_tviews_refresh') > 0
            or exists (select from (${tviews(on)}) m join pg_class c on c.oid = m.table_oid where strpos(s.query, c.relname) > 0))
     order by s.total_exec_time desc
     limit 10`,
});

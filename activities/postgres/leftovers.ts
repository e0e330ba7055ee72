import { z } from 'zod';
import { TargetName } from '../../workflows/contracts/params';
import { Leftovers } from '../../workflows/contracts/signs';
import { operation } from '../effects/operation';
import { many, one } from '../sql/rows';
import { sql } from '../sql/sql';

const Target = z.strictObject({ target: TargetName });

/**
 * What is left over: invalid indexes that nobody builds, and settings whose new value waits for a restart.
 *
 * Sources: pg_index, pg_stat_progress_create_index, pg_settings.
 */
export const measureLeftovers = operation({
  effect: 'read',
  node: 'either',
  input: Target,
  answer: one(Leftovers),
  statement: () => sql`
    with invalid as (
      select i.indexrelid::regclass::text as name from pg_index i
       where not i.indisvalid
         -- A partitioned index is invalid until each partition has its own.
         and (select relkind from pg_class c where c.oid = i.indexrelid) = 'i'
         and not exists (select from pg_stat_progress_create_index p where p.relid = i.indrelid)
    )
    select (select count(*)::int from invalid) as "invalidIndexCount",
           array(select name from invalid order by name limit 10) as "invalidIndexes",
           array(select name from pg_settings where pending_restart order by name limit 10) as "pendingRestart"`,
});

const Table = z.object({
  table: z.string(),
  estimatedBytes: z.number(),
  liveRows: z.number(),
  deadRows: z.number(),
  deadPercent: z.number().nullable(),
  lastAutovacuumAt: z.string().nullable(),
  lastVacuumAt: z.string().nullable(),
});

/**
 * The largest tables with their dead rows and when they were vacuumed last; at most 20.
 *
 * Sizes are those of the last VACUUM or ANALYZE: pg_total_relation_size() would wait behind whoever has locked a table. Sources: pg_class,
 * pg_stat_user_tables.
 */
export const listBiggestTables = operation({
  effect: 'read',
  node: 'either',
  input: Target,
  answer: many(Table),
  statement: () => sql`
    select format('%I.%I', s.schemaname, s.relname) as table, (c.relpages::float8 * current_setting('block_size')::int) as "estimatedBytes",
           s.n_live_tup::float8 as "liveRows", s.n_dead_tup::float8 as "deadRows",
           round(100.0 * s.n_dead_tup / nullif(s.n_live_tup + s.n_dead_tup, 0), 1)::float8 as "deadPercent",
           s.last_autovacuum::text as "lastAutovacuumAt", s.last_vacuum::text as "lastVacuumAt"
      from pg_stat_user_tables s join pg_class c on c.oid = s.relid
     order by c.relpages desc, s.n_dead_tup desc, 1
     limit 20`,
});

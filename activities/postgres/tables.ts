import { z } from 'zod';
import { TargetName } from '../../workflows/contracts/params';
import { operation } from '../effects/operation';
import { many } from '../sql/rows';
import { sql } from '../sql/sql';

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
 * The 20 largest tables with their dead rows and when they were last vacuumed.
 *
 * Sizes are those of the last VACUUM or ANALYZE: pg_total_relation_size() would wait behind whoever has locked a table. Sources: pg_class,
 * pg_stat_user_tables.
 */
export const listLargestTables = operation({
  effect: 'read',
  node: 'either',
  input: z.strictObject({ target: TargetName }),
  example: { target: 'orders-eu' },
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

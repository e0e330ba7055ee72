import { z } from 'zod';
import { TargetName } from '../../workflows/contracts/params';
import { operation } from '../effects/operation';
import { one } from '../sql/rows';
import { sql } from '../sql/sql';

const Memory = z.object({
  sharedBuffersBytes: z.number(),
  workMemBytes: z.number(),
  hashMemMultiplier: z.number(),
  maintenanceWorkMemBytes: z.number(),
  active: z.number(),
  maxConnections: z.number(),
  estimateNowBytes: z.number(),
  estimateMaxBytes: z.number(),
  temporaryFileBytes: z.number(),
  ownWorkMem: z.array(z.string()),
  mayLogContexts: z.boolean(),
});

/**
 * The settings that decide how much memory is used, and two estimates in bytes: shared_buffers plus one work_mem x hash_mem_multiplier for
 * each active session, and the same for all connection slots.
 *
 * Estimates, no more: a statement takes work_mem for each of its sorts and hashes, or none at all, and SQL does not show the memory of other
 * processes. `ownWorkMem` names roles and databases with a work_mem of their own. Sources: settings, pg_stat_activity, pg_ls_tmpdir(),
 * pg_db_role_setting. Procedure tv-memory.
 */
export const measureMemory = operation({
  effect: 'read',
  input: z.strictObject({ target: TargetName }),
  example: { target: 'orders-eu' },
  answer: one(Memory),
  statement: () => sql`
    with settings as (
      select pg_size_bytes(current_setting('shared_buffers'))::float8 as shared, pg_size_bytes(current_setting('work_mem'))::float8 as work,
             current_setting('hash_mem_multiplier')::float8 as multiplier, current_setting('max_connections')::int as slots,
             pg_size_bytes(current_setting('maintenance_work_mem'))::float8 as maintenance
    ), sessions as (
      select (count(*) filter (where state = 'active' and pid <> pg_backend_pid()))::int as active
        from pg_stat_activity where backend_type in ('client backend', 'parallel worker')
    )
    select shared as "sharedBuffersBytes", work as "workMemBytes", multiplier as "hashMemMultiplier", maintenance as "maintenanceWorkMemBytes",
           active, slots as "maxConnections", shared + active * work * multiplier as "estimateNowBytes", shared + slots * work * multiplier as "estimateMaxBytes",
           (select coalesce(sum(size), 0)::float8 from pg_ls_tmpdir()) as "temporaryFileBytes",
           array(select format('%s%s: %s', coalesce(r.rolname, 'all roles'), ' in ' || d.datname, substr(c, 10))
                   from pg_db_role_setting s cross join lateral unnest(s.setconfig) c
                   left join pg_roles r on r.oid = s.setrole left join pg_database d on d.oid = s.setdatabase
                  where starts_with(c, 'work_mem=') order by 1 limit 20) as "ownWorkMem",
           has_function_privilege('pg_log_backend_memory_contexts(int)', 'execute') as "mayLogContexts"
      from settings, sessions`,
});

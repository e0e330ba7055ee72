-- measureMemory (read, read, login read)

-- read
with settings as (
  select pg_size_bytes(current_setting('shared_buffers'))::float8 as shared, pg_size_bytes(current_setting('work_mem'))::float8 as work,
         current_setting('hash_mem_multiplier')::float8 as multiplier, current_setting('max_connections')::int as most,
         pg_size_bytes(current_setting('maintenance_work_mem'))::float8 as maintenance
), sessions as (
  select (count(*) filter (where state = 'active' and pid <> pg_backend_pid()))::int as active
    from pg_stat_activity where backend_type in ('client backend', 'parallel worker')
)
select shared as "sharedBuffersBytes", work as "workMemBytes", multiplier as "hashMemMultiplier", maintenance as "maintenanceWorkMemBytes",
       active, most as "maxConnections", shared + active * work * multiplier as "estimateNowBytes", shared + most * work * multiplier as "estimateMostBytes",
       (select coalesce(sum(size), 0)::float8 from pg_ls_tmpdir()) as "temporaryFileBytes",
       array(select format('%s%s: %s', coalesce(r.rolname, 'all roles'), ' in ' || d.datname, substr(c, 10))
               from pg_db_role_setting s cross join lateral unnest(s.setconfig) c
               left join pg_roles r on r.oid = s.setrole left join pg_database d on d.oid = s.setdatabase
              where starts_with(c, 'work_mem=') order by 1 limit 20) as "ownWorkMem",
       has_function_privilege('pg_log_backend_memory_contexts(int)', 'execute') as "mayLogContexts"
  from settings, sessions;

-- listBiggestTables (read, read, login read)

-- read
select format('%I.%I', s.schemaname, s.relname) as table, (c.relpages::float8 * current_setting('block_size')::int) as "estimatedBytes",
       s.n_live_tup::float8 as "liveRows", s.n_dead_tup::float8 as "deadRows",
       round(100.0 * s.n_dead_tup / nullif(s.n_live_tup + s.n_dead_tup, 0), 1)::float8 as "deadPercent",
       s.last_autovacuum::text as "lastAutovacuumAt", s.last_vacuum::text as "lastVacuumAt"
  from pg_stat_user_tables s join pg_class c on c.oid = s.relid
 order by c.relpages desc, s.n_dead_tup desc, 1
 limit 20;

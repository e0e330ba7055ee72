-- countLongStatements (read, read, login read)

-- read
select (count(*) filter (where protected_because is null))::int as matching,
       (count(*) filter (where protected_because is not null))::int as protected, coalesce(max("runningSeconds"), 0) as "longestSeconds",
       coalesce((array_agg(format('%s %s (%s)', role, application, protected_because) order by pid) filter (where protected_because is not null))[1:20], '{}') as "protectedWho"
  from (select a.pid, a.backend_start::text as "backendStart", a.query_start::text as "queryStart", coalesce(a.usename, '') as role,
       a.application_name as application, extract(epoch from clock_timestamp() - a.query_start)::int as "runningSeconds",
       (select count(*)::int from pg_stat_activity w where w.leader_pid = a.pid) as workers,
       (select coalesce(sum(t.size), 0)::float8 from pg_ls_tmpdir() t where starts_with(t.name, 'pgsql_tmp' || a.pid || '.')) as "temporaryBytes",
       coalesce(a.query, '') as query, a.query_start,
       case when r.rolsuper then 'superuser'
            when r.rolreplication then 'replication role'
            when a.application_name like 'rb:%' then 'our own'
            when a.application_name = any(array['pg_dump', 'pg_dumpall', 'pg_restore', 'pg_basebackup', 'pg_receivewal', 'pgbackrest', 'barman', 'wal-g', 'pg_cron', 'flyway', 'liquibase', 'my-batch']) then 'protected program'
            when a.pid in (select pid from "pg_stat_progress_vacuum") or a.pid in (select pid from "pg_stat_progress_analyze") or a.pid in (select pid from "pg_stat_progress_create_index") or a.pid in (select pid from "pg_stat_progress_cluster") or a.pid in (select pid from "pg_stat_progress_copy") then 'maintenance or COPY'
            when exists (select from pg_locks l where l.pid = a.pid and l.locktype = 'advisory') then 'holds an advisory lock'
       end as protected_because
  from pg_stat_activity a join pg_roles r on r.oid = a.usesysid
 where a.backend_type = 'client backend' and a.datname = current_database() and a.pid <> pg_backend_pid() and a.state = 'active' and a.query_start < clock_timestamp() - make_interval(secs => 300)) m;

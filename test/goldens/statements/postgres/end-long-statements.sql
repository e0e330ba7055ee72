-- endLongStatements (write, one-shot, login signal)

-- before
select pid, "backendStart", "queryStart", role, application, "runningSeconds", workers, "temporaryBytes", query from (select a.pid, a.backend_start::text as "backendStart", a.query_start::text as "queryStart", coalesce(a.usename, '') as role,
       a.application_name as application, extract(epoch from clock_timestamp() - a.query_start)::int as "runningSeconds",
       (select count(*)::int from pg_stat_activity w where w.leader_pid = a.pid) as workers,
       (select coalesce(sum(t.size), 0)::float8 from pg_ls_tmpdir() t where starts_with(t.name, 'pgsql_tmp' || a.pid || '.')) as "temporaryBytes",
       coalesce(a.query, '') as query, a.query_start,
       case when r.rolsuper then 'superuser'
            when r.rolreplication then 'replication role'
            when a.application_name like 'rb:%' then 'our own'
            when a.application_name = any(array['pg_dump', 'pg_dumpall', 'pg_restore', 'pg_basebackup', 'pg_receivewal', 'pgbackrest', 'barman', 'wal-g', 'pg_cron', 'flyway', 'liquibase', 'keep-me']) then 'protected program'
            when a.pid in (select pid from "pg_stat_progress_vacuum") or a.pid in (select pid from "pg_stat_progress_analyze") or a.pid in (select pid from "pg_stat_progress_create_index") or a.pid in (select pid from "pg_stat_progress_cluster") or a.pid in (select pid from "pg_stat_progress_copy") then 'maintenance or COPY'
            when exists (select from pg_locks l where l.pid = a.pid and l.locktype = 'advisory') then 'holds an advisory lock'
       end as protected_because
  from pg_stat_activity a join pg_roles r on r.oid = a.usesysid
 where a.backend_type = 'client backend' and a.datname = current_database() and a.pid <> pg_backend_pid() and a.state = 'active' and a.query_start < clock_timestamp() - make_interval(secs => 300)) m where protected_because is null order by query_start, pid limit 5;

-- statement
select pg_cancel_backend(pid) from pg_stat_activity where pid = 4711 and backend_start = '2030-01-01 00:00:00+00'::timestamptz and query_start = '2030-01-01 00:01:00+00'::timestamptz and state = 'active';
do 'begin
  for look in 1 .. 50 loop
    exit when not exists (select from pg_stat_activity where pid in (4711) and state = ''active'' and query_start < clock_timestamp() - make_interval(secs => 300));
    perform pg_sleep(0.2);
    perform pg_stat_clear_snapshot();
  end loop;
end';
select pg_terminate_backend(pid, 5000) from pg_stat_activity where pid = 4711 and backend_start = '2030-01-01 00:00:00+00'::timestamptz and query_start = '2030-01-01 00:01:00+00'::timestamptz and state = 'active';

-- verify
select count(*) = 0 as holds, 'none of the chosen statements still runs'::text as expected, format('%s of %s still run', count(*), 1::int) as seen
  from pg_stat_activity a
  join jsonb_to_recordset('[{"pid":4711,"backendStart":"2030-01-01 00:00:00+00","queryStart":"2030-01-01 00:01:00+00","role":"web","application":"app","runningSeconds":1000,"workers":0,"temporaryBytes":0,"query":"select ?"}]'::jsonb) as chosen (pid int, "backendStart" timestamptz, "queryStart" timestamptz)
    on chosen.pid = a.pid and chosen."backendStart" = a.backend_start and chosen."queryStart" = a.query_start
 where a.state = 'active';

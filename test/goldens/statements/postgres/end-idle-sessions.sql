-- endIdleSessions (write, one-shot, login signal)

-- before
select pid, "backendStart", role, application, client, state, "idleSeconds", query
  from (select a.pid, a.backend_start::text as "backendStart", coalesce(a.usename, '') as role, a.application_name as application,
       coalesce(a.client_addr::text, 'local') as client, a.state, extract(epoch from clock_timestamp() - a.state_change)::int as "idleSeconds",
       coalesce(a.query, '') as query, a.state_change,
       case when r.rolsuper then 'superuser'
            when r.rolreplication then 'replication role'
            when a.application_name like 'rb:%' then 'our own'
            when a.application_name = any(array['pg_dump', 'pg_dumpall', 'pg_restore', 'pg_basebackup', 'pg_receivewal', 'pgbackrest', 'barman', 'wal-g', 'pg_cron', 'flyway', 'liquibase', 'keep-me']) then 'protected program'
            when exists (select from pg_locks l where l.pid = a.pid and l.locktype = 'advisory') then 'holds an advisory lock'
       end as protected_because
  from pg_stat_activity a join pg_roles r on r.oid = a.usesysid
 where a.backend_type = 'client backend' and a.datname = current_database() and a.pid <> pg_backend_pid()
   and (a.state = 'idle' or ('idle' = 'idle in transaction' and a.state = 'idle in transaction (aborted)'))
   and a.state_change < clock_timestamp() - make_interval(secs => 900)) m
 where protected_because is null
 order by state_change, pid
 limit 5;

-- statement
select pg_terminate_backend(pid, 5000)
  from pg_stat_activity
 where pid = 4711 and backend_start = '2030-01-01 00:00:00+00'::timestamptz and state = 'idle'
   and state_change < clock_timestamp() - make_interval(secs => 900);

-- verify
select count(*) = 0 as holds, 'none of the chosen sessions is still idle'::text as expected, format('%s of %s still idle', count(*), 1::int) as seen
  from pg_stat_activity a
  join jsonb_to_recordset('[{"pid":4711,"backendStart":"2030-01-01 00:00:00+00","role":"web","application":"app","client":"local","state":"idle","idleSeconds":1000,"query":"select ?"}]'::jsonb) as chosen (pid int, "backendStart" timestamptz)
    on chosen.pid = a.pid and chosen."backendStart" = a.backend_start
 where (a.state = 'idle' or ('idle' = 'idle in transaction' and a.state = 'idle in transaction (aborted)')) and a.state_change < clock_timestamp() - make_interval(secs => 900);

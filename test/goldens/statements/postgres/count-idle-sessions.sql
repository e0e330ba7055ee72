-- countIdleSessions (read, read, login read)

-- read
select (count(*) filter (where protected_because is null))::int as matching,
       (count(*) filter (where protected_because is not null))::int as protected,
       coalesce((array_agg(format('%s %s (%s)', role, application, protected_because) order by pid) filter (where protected_because is not null))[1:20], '{}') as "protectedWho"
  from (select a.pid, a.backend_start::text as "backendStart", coalesce(a.usename, '') as role, a.application_name as application,
       coalesce(a.client_addr::text, 'local') as client, a.state, extract(epoch from clock_timestamp() - a.state_change)::int as "idleSeconds",
       coalesce(a.query, '') as query, a.state_change,
       case when r.rolsuper then 'superuser'
            when r.rolreplication then 'replication role'
            when a.application_name like 'rb:%' then 'our own'
            when a.application_name = any(array['pg_dump', 'pg_dumpall', 'pg_restore', 'pg_basebackup', 'pg_receivewal', 'pgbackrest', 'barman', 'wal-g', 'pg_cron', 'flyway', 'liquibase', 'my-batch']) then 'protected program'
            when exists (select from pg_locks l where l.pid = a.pid and l.locktype = 'advisory') then 'holds an advisory lock'
       end as protected_because
  from pg_stat_activity a join pg_roles r on r.oid = a.usesysid
 where a.backend_type = 'client backend' and a.datname = current_database() and a.pid <> pg_backend_pid()
   and (a.state = 'idle in transaction' or ('idle in transaction' = 'idle in transaction' and a.state = 'idle in transaction (aborted)'))
   and a.state_change < clock_timestamp() - make_interval(secs => 300)) m;

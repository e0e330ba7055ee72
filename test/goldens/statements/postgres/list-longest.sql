-- listLongest (read, read, login read)

-- read
select pid, backend_start::text as "backendStart", coalesce(usename, '') as role, application_name as application,
       coalesce(client_addr::text, 'local') as client, coalesce(datname, '') as database, coalesce(state, '') as state,
       extract(epoch from clock_timestamp() - xact_start)::int as "transactionSeconds",
       case when state = 'active' then extract(epoch from clock_timestamp() - query_start)::int end as "querySeconds",
       case when state = 'active' then wait_event_type || ': ' || wait_event end as "waitsFor", coalesce(query, '') as query
  from pg_stat_activity
 where backend_type = 'client backend' and xact_start is not null and pid <> pg_backend_pid()
 order by xact_start, pid
 limit 20;

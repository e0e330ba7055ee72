-- listConnectionUse (read, read, login read)

-- read
select coalesce(usename, '') as role, application_name as application, coalesce(datname, '') as database, count(*)::int as sessions,
       (count(*) filter (where state = 'idle'))::int as idle,
       (count(*) filter (where state like 'idle in transaction%'))::int as "idleInTransaction"
  from pg_stat_activity
 where backend_type = 'client backend'
 group by usename, application_name, datname
 order by count(*) desc, role, application
 limit 20;

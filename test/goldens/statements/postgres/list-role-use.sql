-- listRoleUse (read, read, login read)

-- read
select r.rolname as role, count(*)::int as sessions, r.rolconnlimit as "limit", r.rolsuper as superuser
  from pg_stat_activity a join pg_roles r on r.oid = a.usesysid
 where a.backend_type = 'client backend'
 group by r.rolname, r.rolconnlimit, r.rolsuper
 order by count(*) desc, r.rolname
 limit 20;

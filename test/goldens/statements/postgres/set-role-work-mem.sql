-- setRoleWorkMem (write, transactional, login control)

-- before
select r.rolname as role,
       (select substr(c, 10) from pg_db_role_setting s cross join lateral unnest(s.setconfig) c
         where s.setrole = r.oid and s.setdatabase = 0 and starts_with(c, 'work_mem=')) as "workMem"
  from pg_roles r where r.rolname = 'we"b';

-- statement
alter role "we""b" set work_mem = '4MB';

-- verify
select count(*) = 1 and coalesce(bool_and("workMem" is not distinct from '4MB'::text), false) as holds,
       coalesce('work_mem ' || '4MB'::text, 'no work_mem of its own') as expected,
       case when count(*) = 0 then 'no such role' else coalesce('work_mem ' || max("workMem"), 'no work_mem of its own') end as seen
  from (select r.rolname as role,
       (select substr(c, 10) from pg_db_role_setting s cross join lateral unnest(s.setconfig) c
         where s.setrole = r.oid and s.setdatabase = 0 and starts_with(c, 'work_mem=')) as "workMem"
  from pg_roles r where r.rolname = 'we"b') w;

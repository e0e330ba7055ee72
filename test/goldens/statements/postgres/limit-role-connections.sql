-- limitRoleConnections (write, transactional, login control)

-- before
select rolname as role, rolconnlimit as "limit" from pg_roles where rolname = 'we"b';

-- statement
alter role "we""b" connection limit 40;

-- verify
select coalesce(max(rolconnlimit), -2) = 40 as holds, format('connection limit %s for role %s', 40::int, 'we"b'::text) as expected,
       coalesce('connection limit ' || max(rolconnlimit), 'no such role') as seen
  from pg_roles where rolname = 'we"b';

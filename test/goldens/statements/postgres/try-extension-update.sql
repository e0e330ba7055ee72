-- tryExtensionUpdate (write, transactional, login own)

-- before
select e.extname as extension, e.extversion as version, n.nspname as schema
  from pg_extension e join pg_namespace n on n.oid = e.extnamespace where e.extname = 'pg_trgm';

-- statement
alter extension "pg_trgm" update to "1.6";

-- verify
select coalesce(max(extversion), '') = '1.6' and bool_and("app"."similarity"('runbook', 'runbooks') > 0) as holds, 'version 1.6, and a call of it works'::text as expected,
       format('version %s%s', coalesce(max(extversion), 'none'), ', and a call of it works'::text) as seen
  from pg_extension where extname = 'pg_trgm';

-- observe
select mode, coalesce(relation::regclass::text, pg_describe_object(classid, objid, objsubid), locktype) as "on" from pg_locks
 where pid = pg_backend_pid() and locktype in ('relation', 'object') and mode in ('ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')
   and (relation is null or relation >= 16384)
 order by mode, "on" limit 50;

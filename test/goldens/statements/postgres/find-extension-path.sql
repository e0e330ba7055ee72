-- findExtensionPath (read, read, login read)

-- read
select e.extversion as installed, n.nspname as schema, pg_get_userbyid(e.extowner) as owner,
       exists (select from pg_available_extension_versions v where v.name = 'pg_trgm' and v.version = '1.6') as offered,
       case when wanted.available then (select p.path from pg_extension_update_paths(wanted.name) p where p.source = e.extversion and p.target = '1.6') end as path,
       case when wanted.available then (select p.path from pg_extension_update_paths(wanted.name) p where p.source = '1.6' and p.target = e.extversion) end as back,
       (select count(*) > 0 from unnest(string_to_array(current_setting('shared_preload_libraries', true), ',')) l where trim(both ' "' from l) = 'pg_trgm') as preloaded,
       (select count(*)::int from pg_depend d where d.refclassid = 'pg_extension'::regclass and d.refobjid = e.oid and d.deptype = 'n') as dependents
  from (select 'pg_trgm'::name as name, exists (select from pg_available_extensions a where a.name = 'pg_trgm') as available) wanted
  left join pg_extension e on e.extname = wanted.name
  left join pg_namespace n on n.oid = e.extnamespace;

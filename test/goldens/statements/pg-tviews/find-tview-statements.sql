-- findTviewStatements (read, read, login read)

-- read
select case when preloaded and usable then schema end as schema,
       case when schema is null then 'pg_stat_statements is not installed in this database: CREATE EXTENSION pg_stat_statements'
            when not preloaded then 'pg_stat_statements is not in shared_preload_libraries, so it counts nothing'
            when not usable then format('the login %s may not read pg_stat_statements: grant usage on its schema', current_user)
            else '' end as why
  from (select n.nspname::text as schema, coalesce(has_schema_privilege(n.oid, 'usage'), false) as usable,
               exists (select from unnest(string_to_array(current_setting('shared_preload_libraries', true), ',')) l
                        where trim(both ' "' from l) = 'pg_stat_statements') as preloaded
          from (values (1)) one left join pg_extension e on e.extname = 'pg_stat_statements' left join pg_namespace n on n.oid = e.extnamespace) s;

-- findOwnVacuumRight (read, read, login own)

-- read
select current_user::text as login, (count(*) filter (where not allowed))::int as denied,
       coalesce((array_agg(name order by name) filter (where not allowed))[1:20], '{}') as "deniedTables"
  from (select format('%I.%I', w.schema, w."table") as name,
               has_schema_privilege(n.oid, 'usage')
                 and (pg_has_role(c.relowner, 'usage') or (select pg_has_role(datdba, 'usage') from pg_database where datname = current_database())
                      or case when current_setting('server_version_num')::int >= 170000 then has_table_privilege(c.oid, 'maintain') else false end) as allowed
          from jsonb_to_recordset('[{"schema":"public","table":"tv_order"}]'::jsonb) as w (schema text, "table" text)
          join pg_namespace n on n.nspname = w.schema join pg_class c on c.relnamespace = n.oid and c.relname = w."table") d;

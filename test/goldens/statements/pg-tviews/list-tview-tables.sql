-- listTviewTables (read, read, login read)

-- read
select format('%I.%I', t.schema, t."table") as "table", t.kind, pg_total_relation_size(t.oid)::float8 as "sizeBytes",
       coalesce(s.n_live_tup, 0)::float8 as "liveRows", coalesce(s.n_dead_tup, 0)::float8 as "deadRows", age(t.frozen) as "xidAge",
       greatest(s.last_vacuum, s.last_autovacuum)::text as "lastVacuum", greatest(s.last_analyze, s.last_autoanalyze)::text as "lastAnalyze"
  from (select c.oid, n.oid as namespace, n.nspname as schema, c.relname as "table", c.relowner as owner, m.kind, c.relfrozenxid as frozen
  from (select t.table_oid as oid, 'tview' as kind from (select m.entity_name as entity, m.entity_name as table_name, (select c.oid from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where (c.relname = m.entity_name or n.nspname || '.' || c.relname = m.entity_name) and c.relkind in ('r', 'p', 'v', 'm')
    and n.nspname !~ '^(pg_|information_schema)'
  order by n.nspname = 'public' desc, n.nspname limit 1) as table_oid,
       (select c.oid from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where (c.relname = regexp_replace(m.entity_name, '(^|[.])tv_', '\1v_') or n.nspname || '.' || c.relname = regexp_replace(m.entity_name, '(^|[.])tv_', '\1v_')) and c.relkind in ('r', 'p', 'v', 'm')
    and n.nspname !~ '^(pg_|information_schema)'
  order by n.nspname = 'public' desc, n.nspname limit 1) as view_oid,
       array_remove(array[(select c.oid from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where (c.relname = m.backing_table_name or n.nspname || '.' || c.relname = m.backing_table_name) and c.relkind in ('r', 'p', 'v', 'm')
    and n.nspname !~ '^(pg_|information_schema)'
  order by n.nspname = 'public' desc, n.nspname limit 1)], null) as bases
  from "public"."pg_tviews_metadata" m) t
         union select to_regclass(name)::oid, 'books' from unnest(array['"public"."pg_tviews_metadata"', '"pg_tviews_internal"."queue"']::text[]) name) m
  join pg_class c on c.oid = m.oid and c.relkind = 'r' join pg_namespace n on n.oid = c.relnamespace) t left join pg_stat_user_tables s on s.relid = t.oid
 order by s.n_dead_tup desc nulls last, 1
 limit 40;

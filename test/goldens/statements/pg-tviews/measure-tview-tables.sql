-- measureTviewTables (read, read, login read)

-- read
select count(*)::int as tables, coalesce(sum(pg_total_relation_size(t.oid)), 0)::float8 as "sizeBytes",
       coalesce(sum(s.n_live_tup), 0)::float8 as "liveRows", coalesce(sum(s.n_dead_tup), 0)::float8 as "deadRows",
       coalesce(sum(s.n_live_tup) filter (where t."table" = 'pg_tview_audit_log'), 0)::float8 as "auditRows",
       coalesce(sum(pg_total_relation_size(t.oid)) filter (where t."table" = 'pg_tview_audit_log'), 0)::float8 as "auditBytes",
       round(100 * sum(io.heap_blks_hit) / nullif(sum(io.heap_blks_hit + io.heap_blks_read), 0), 1)::float8 as "hitPercent"
  from (select c.oid, n.oid as namespace, n.nspname as schema, c.relname as "table", c.relowner as owner, m.kind, c.relfrozenxid as frozen
  from (select t.table_oid as oid, 'tview' as kind from (select m.entity, 'tv_' || m.entity as table_name, t.oid as table_oid, v.oid as view_oid, m.dependencies::oid[] as bases
  from "public"."pg_tview_meta" m
  left join pg_class t on t.oid = m.table_oid
  left join pg_class v on v.oid = m.view_oid) t
         union select to_regclass(name)::oid, 'books' from unnest(array['"public"."pg_tview_meta"', '"public"."pg_tview_helpers"', '"public"."pg_tview_audit_log"']::text[]) name) m
  join pg_class c on c.oid = m.oid and c.relkind = 'r' join pg_namespace n on n.oid = c.relnamespace) t left join pg_stat_user_tables s on s.relid = t.oid left join pg_statio_user_tables io on io.relid = t.oid;

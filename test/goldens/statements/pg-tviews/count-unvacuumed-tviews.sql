-- countUnvacuumedTviews (read, read, login read)

-- read
select count(*)::int as tables, (count(*) filter (where not fresh))::int as left, coalesce((array_agg(name order by name) filter (where not fresh))[1:20], '{}') as which
  from (select format('%I.%I', t.schema, t."table") as name,
               coalesce(s.last_vacuum > clock_timestamp() - make_interval(secs => 86400), false) as fresh
          from (select c.oid, n.oid as namespace, n.nspname as schema, c.relname as "table", c.relowner as owner, m.kind, c.relfrozenxid as frozen
  from (select t.table_oid as oid, 'tview' as kind from (select m.entity, 'tv_' || m.entity as table_name, t.oid as table_oid, v.oid as view_oid, m.dependencies::oid[] as bases
  from "public"."pg_tview_meta" m
  left join pg_class t on t.oid = m.table_oid
  left join pg_class v on v.oid = m.view_oid) t
         union select to_regclass(name)::oid, 'books' from unnest(array['"public"."pg_tview_meta"', '"public"."pg_tview_helpers"', '"public"."pg_tview_audit_log"']::text[]) name) m
  join pg_class c on c.oid = m.oid and c.relkind = 'r' join pg_namespace n on n.oid = c.relnamespace) t left join pg_stat_user_tables s on s.relid = t.oid) d;

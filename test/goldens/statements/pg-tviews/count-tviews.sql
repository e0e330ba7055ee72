-- countTviews (read, read, login read)

-- read
select (select count(*)::int from (select m.entity, 'tv_' || m.entity as table_name, t.oid as table_oid, v.oid as view_oid, m.dependencies::oid[] as bases
  from "public"."pg_tview_meta" m
  left join pg_class t on t.oid = m.table_oid
  left join pg_class v on v.oid = m.view_oid) m) as tviews,
       (select count(*)::int from (select m.entity, 'tv_' || m.entity as table_name, t.oid as table_oid, v.oid as view_oid, m.dependencies::oid[] as bases
  from "public"."pg_tview_meta" m
  left join pg_class t on t.oid = m.table_oid
  left join pg_class v on v.oid = m.view_oid) m where m.table_oid is not null and m.view_oid is not null) as ok,
       (select count(*)::int from pg_trigger where not tgisinternal and tgfoid = any(array['public.tview_trigger_handler()']::regprocedure[]::oid[])) as triggers,
       (select count(*)::int from pg_trigger where not tgisinternal and tgenabled = 'D' and tgfoid = any(array['public.tview_trigger_handler()']::regprocedure[]::oid[])) as "disabledTriggers";

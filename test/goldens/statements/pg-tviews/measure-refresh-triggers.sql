-- measureRefreshTriggers (read, read, login read)

-- read
with found as (select n.nspname as schema, c.relname as "table", t.tgname as trigger, t.tgenabled::text as state, t.tgrelid, encode(t.tgargs, 'escape') as arguments
  from pg_trigger t join pg_class c on c.oid = t.tgrelid join pg_namespace n on n.oid = c.relnamespace
 where not t.tgisinternal and t.tgfoid = any(array['public.tview_trigger_handler()']::regprocedure[]::oid[])), wanted as (select m.entity, base from (select m.entity, 'tv_' || m.entity as table_name, t.oid as table_oid, v.oid as view_oid, m.dependencies::oid[] as bases
  from "public"."pg_tview_meta" m
  left join pg_class t on t.oid = m.table_oid
  left join pg_class v on v.oid = m.view_oid) m cross join lateral unnest(m.bases) base)
select (select count(*)::int from found) as triggers, (select count(distinct tgrelid)::int from found) as tables,
       (select count(*)::int from found where state <> 'D') as enabled, (select count(*)::int from found where state = 'D') as disabled,
       (select count(*)::int from wanted) as demanded,
       (select count(*)::int from wanted w where not exists (select from found f where f.tgrelid = w.base)) as missing,
       array(select distinct format('%I.%I', schema, "table") from found where state <> 'D' order by 1 limit 20) as "enabledOn",
       (select count(*)::int from pg_proc where oid = any(array['public.tview_trigger_handler()']::regprocedure[]::oid[]) and prosrc like '%refresh switched off by pg-runbooks%') as replaced;

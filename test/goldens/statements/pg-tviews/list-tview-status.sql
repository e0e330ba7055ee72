-- listTviewStatus (read, read, login read)

-- read
with states as (
  select m.entity,
         case when m.table_oid is null then 'TABLE MISSING'
              when m.view_oid is null then 'VIEW MISSING'
              when cardinality(m.bases) = 0 then 'BASE TABLE MISSING'
              when t.found < cardinality(m.bases) then 'TRIGGERS MISSING'
              when t.disabled > 0 then 'TRIGGERS DISABLED'
              else 'OK' end as status
    from (select m.entity, 'tv_' || m.entity as table_name, t.oid as table_oid, v.oid as view_oid, m.dependencies::oid[] as bases
  from "public"."pg_tview_meta" m
  left join pg_class t on t.oid = m.table_oid
  left join pg_class v on v.oid = m.view_oid) m
    cross join lateral (
      select count(distinct t.tgrelid) as found, count(*) filter (where t.tgenabled = 'D') as disabled
        from pg_trigger t
       where t.tgrelid = any(m.bases) and not t.tgisinternal and t.tgfoid = any(array['public.tview_trigger_handler()']::regprocedure[]::oid[])
         and (encode(t.tgargs, 'escape') = m.entity || '\000' or encode(t.tgargs, 'escape') = '')) t)
select entity, status,
       case status
         when 'TABLE MISSING' then 'the table was dropped: runbook start rebuildTview'
         when 'VIEW MISSING' then 'its view was dropped: runbook start rebuildTview'
         when 'BASE TABLE MISSING' then 'its base table is gone: drop the TVIEW, or restore the table'
         when 'TRIGGERS MISSING' then 'writes do not reach it: create the triggers again, then runbook start refreshTview'
         when 'TRIGGERS DISABLED' then 'writes do not reach it: runbook start restoreRefreshTriggers'
         else 'nothing' end as "doNext"
  from states
 order by status = 'OK', entity
 limit 50;

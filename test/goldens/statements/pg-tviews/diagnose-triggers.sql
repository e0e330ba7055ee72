-- diagnoseTriggers (read, read, login read)

-- read
with hooks as materialized (select * from (select t.tgrelid, t.tgname, t.tgenabled, t.tgfoid, t.tgparentid, p.prosrc, n.nspname as schema, c.relname as "table", pg_get_triggerdef(t.oid) as definition
  from pg_trigger t join pg_proc p on p.oid = t.tgfoid join pg_class c on c.oid = t.tgrelid join pg_namespace n on n.oid = c.relnamespace
 where not t.tgisinternal and (p.proname = 'tview_trigger_handler' or t.tgname like 'trg\_tview\_%' or t.tgname like 'pg\_tviews\_%')) h where tgfoid = any(array['public.tview_trigger_handler()']::regprocedure[]::oid[])),
     known as materialized (select entity, bases from (select m.entity, 'tv_' || m.entity as table_name, t.oid as table_oid, v.oid as view_oid, m.dependencies::oid[] as bases
  from "public"."pg_tview_meta" m
  left join pg_class t on t.oid = m.table_oid
  left join pg_class v on v.oid = m.view_oid) m),
     strange as (select schema, "table", tgname from hooks h where not exists (select from known k where h.tgrelid = any(k.bases)))
select 'refreshing switched off' as trouble, tgfoid::regprocedure::text as subject, 'its body was replaced by one that does nothing; the triggers still say that they are enabled' as seen,
       'roll the run that replaced it back, or give the function its saved definition; then runbook start refreshAllTviews' as "doNext"
  from hooks where prosrc like '%refresh switched off by pg-runbooks%' group by tgfoid
union all
select 'metadata lost', case when exists (select from known) then 'pg_tviews' else 'pg_tviews, all of it' end,
       format('%s triggers stand on tables that no TVIEW of the metadata reads, such as %s', count(*), min(format('%I.%I', schema, "table"))),
       'a dump does not carry the metadata: run what docs/scripts/pg-tviews/immediate/save-metadata.sql had saved, or build the TVIEWs from their definitions; then runbook start refreshAllTviews'
  from strange having count(*) > 0;

-- Health check: looks only.

-- Made by "npm run generate" from the operations probeTviews, countTviews, listTviewStatus, measureRefreshTriggers; changes here are lost.

-- Run it with: psql -X -d <database> -f <this file>

-- It leaves no record and asks nobody: use the runbook where Temporal is at hand.

\set ON_ERROR_STOP on

set statement_timeout = '10min';

set lock_timeout = '1s';

\echo 'What is installed'
with metadata as (
  select case c.relname when 'pg_tview_meta' then 'immediate' else 'queued' end as dialect, n.nspname as schema
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
   where c.relname in ('pg_tview_meta', 'pg_tviews_metadata') and c.relkind in ('r', 'v') and n.nspname !~ '^pg_(temp|toast)'
   order by c.relname, n.nspname
   limit 1
)
select m.dialect, m.schema, e.extversion as version, e.oid is not null as "isExtension",
       array(select distinct p.oid::regprocedure::text
               from pg_proc p join pg_namespace n on n.oid = p.pronamespace
              where p.prorettype = 'trigger'::regtype
                and (m.dialect = 'immediate' and p.proname = 'tview_trigger_handler'
                     or m.dialect = 'queued' and exists (select from pg_trigger t where t.tgfoid = p.oid and not t.tgisinternal and t.tgname like 'pg\_tviews\_%'))
              order by 1 limit 5) as handlers,
       case when m.dialect = 'queued' then (
         select jsonb_build_object('schema', n.nspname, 'table', c.relname)
           from pg_class c join pg_namespace n on n.oid = c.relnamespace
          where c.relkind = 'r' and c.relname ~ 'queue' and c.relname !~ 'quarantine'
            and (select count(*) from pg_attribute a where a.attrelid = c.oid and a.attname in ('entity_name', 'entry_time') and not a.attisdropped) = 2
          order by n.nspname, c.relname limit 1) end as queue
  from metadata m left join pg_extension e on e.extname = 'pg_tviews';

\echo 'How many views and triggers there are: 0 of something that should be there is no good news'
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

\echo 'Each view, those with problems first'
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

\echo 'The refresh triggers'
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


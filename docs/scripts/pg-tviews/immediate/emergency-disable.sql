-- Emergency: disables every refresh trigger that fires, and first writes a file emergency-restore-<time>.sql that puts them back.

-- Made by "npm run generate" from the operations disableRefreshTriggers, measureRefreshTriggers; changes here are lost.

-- Run it with: psql -X -d <database> -f <this file>

-- It leaves no record and asks nobody: use the runbook where Temporal is at hand.

\set ON_ERROR_STOP on

set statement_timeout = '10min';

set lock_timeout = '1s';

select format('emergency-restore-%s.sql', to_char(clock_timestamp(), 'YYYYMMDD-HH24MISS')) as restore \gset
\echo 'How they are put back goes first of all into the file' :restore
\pset tuples_only on
\pset format unaligned
select format('alter table only %I.%I %s trigger %I;', schema, "table",
              case state when 'R' then 'enable replica' when 'A' then 'enable always' else 'enable' end, trigger)
  from (select schema, "table", trigger, state from (select n.nspname as schema, c.relname as "table", t.tgname as trigger, t.tgenabled::text as state, t.tgrelid, encode(t.tgargs, 'escape') as arguments
  from pg_trigger t join pg_class c on c.oid = t.tgrelid join pg_namespace n on n.oid = c.relnamespace
 where not t.tgisinternal and t.tgfoid = any(array['public.tview_trigger_handler()']::regprocedure[]::oid[])) t where state <> 'D' order by schema, "table", trigger) t
\g :restore
\echo 'One table after the other; one that cannot be locked in a second is passed over'
\set ON_ERROR_STOP off
select format($script$alter table only %1$s.%2$s disable trigger %3$s$script$, quote_ident(schema), quote_ident("table"), quote_ident(trigger))
  from (select schema, "table", trigger, state from (select n.nspname as schema, c.relname as "table", t.tgname as trigger, t.tgenabled::text as state, t.tgrelid, encode(t.tgargs, 'escape') as arguments
  from pg_trigger t join pg_class c on c.oid = t.tgrelid join pg_namespace n on n.oid = c.relnamespace
 where not t.tgisinternal and t.tgfoid = any(array['public.tview_trigger_handler()']::regprocedure[]::oid[])) t where state <> 'D' order by schema, "table", trigger) t
\gexec
\set ON_ERROR_STOP on
\pset tuples_only off
\pset format aligned
\echo 'What still fires: "enabled" must be 0, beside a number of triggers that is not'
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


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
 where not t.tgisinternal and t.tgfoid = any(array['pg_tviews_internal.enqueue()']::regprocedure[]::oid[])) t where state <> 'D' order by schema, "table", trigger) t
\g :restore
\echo 'One table after the other; one that cannot be locked in a second is passed over'
\set ON_ERROR_STOP off
select format($script$alter table only %1$s.%2$s disable trigger %3$s$script$, quote_ident(schema), quote_ident("table"), quote_ident(trigger))
  from (select schema, "table", trigger, state from (select n.nspname as schema, c.relname as "table", t.tgname as trigger, t.tgenabled::text as state, t.tgrelid, encode(t.tgargs, 'escape') as arguments
  from pg_trigger t join pg_class c on c.oid = t.tgrelid join pg_namespace n on n.oid = c.relnamespace
 where not t.tgisinternal and t.tgfoid = any(array['pg_tviews_internal.enqueue()']::regprocedure[]::oid[])) t where state <> 'D' order by schema, "table", trigger) t
\gexec
\set ON_ERROR_STOP on
\pset tuples_only off
\pset format aligned
\echo 'What still fires: "enabled" must be 0, beside a number of triggers that is not'
with found as (select n.nspname as schema, c.relname as "table", t.tgname as trigger, t.tgenabled::text as state, t.tgrelid, encode(t.tgargs, 'escape') as arguments
  from pg_trigger t join pg_class c on c.oid = t.tgrelid join pg_namespace n on n.oid = c.relnamespace
 where not t.tgisinternal and t.tgfoid = any(array['pg_tviews_internal.enqueue()']::regprocedure[]::oid[])), wanted as (select m.entity, base from (select m.entity_name as entity, m.entity_name as table_name, (select c.oid from pg_class c join pg_namespace n on n.oid = c.relnamespace
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
  from "public"."pg_tviews_metadata" m) m cross join lateral unnest(m.bases) base)
select (select count(*)::int from found) as triggers, (select count(distinct tgrelid)::int from found) as tables,
       (select count(*)::int from found where state <> 'D') as enabled, (select count(*)::int from found where state = 'D') as disabled,
       (select count(*)::int from wanted) as demanded,
       (select count(*)::int from wanted w where not exists (select from found f where f.tgrelid = w.base)) as missing,
       array(select distinct format('%I.%I', schema, "table") from found where state <> 'D' order by 1 limit 20) as "enabledOn",
       (select count(*)::int from pg_proc where oid = any(array['pg_tviews_internal.enqueue()']::regprocedure[]::oid[]) and prosrc like '%refresh switched off by pg-runbooks%') as replaced;


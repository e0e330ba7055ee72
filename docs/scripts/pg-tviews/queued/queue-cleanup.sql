-- Queue clean-up: quarantines entries of views that do not exist, in one transaction.

-- Made by "npm run generate" from the operations measureQueue, listQueueByView, quarantineQueueEntries; changes here are lost.

-- Run it with: psql -X -d <database> -f <this file>

-- It leaves no record and asks nobody: use the runbook where Temporal is at hand.

\set ON_ERROR_STOP on

set statement_timeout = '10min';

set lock_timeout = '1s';

\echo 'The queue'
select depth, views, "oldestSeconds", "oldestKnownSeconds", orphaned,
       case when depth > 1000 or "oldestSeconds" > 3600 then 'CRITICAL' when depth > 100 or "oldestSeconds" > 600 then 'WARNING' else 'OK' end as level
  from (select count(*)::int as depth, count(distinct q.entity_name)::int as views,
               coalesce(extract(epoch from clock_timestamp() - min(q.entry_time)), 0)::int as "oldestSeconds",
               coalesce(extract(epoch from clock_timestamp() - min(q.entry_time) filter (where m.entity_name is not null)), 0)::int as "oldestKnownSeconds",
               (count(*) filter (where m.entity_name is null))::int as orphaned
          from "pg_tviews_internal"."queue" q left join "public"."pg_tviews_metadata" m using (entity_name)) d;

\echo 'By view'
select q.entity_name as entity, count(*)::int as entries, extract(epoch from clock_timestamp() - min(q.entry_time))::int as "oldestSeconds",
       bool_or(m.entity_name is not null) as known
  from "pg_tviews_internal"."queue" q left join "public"."pg_tviews_metadata" m using (entity_name)
 group by q.entity_name
 order by min(q.entry_time), q.entity_name
 limit 20;

begin;
create table if not exists "pg_tviews_internal"."queue_quarantine" (entity_name text not null, entry_time timestamptz not null, quarantined_at timestamptz not null default now());
select format($script$with moved as (delete from "pg_tviews_internal"."queue" where entity_name = %1$s and entry_time <= %2$s::timestamptz returning entity_name, entry_time)
insert into "pg_tviews_internal"."queue_quarantine" (entity_name, entry_time) select entity_name, entry_time from moved$script$, quote_literal(entity), quote_literal(until))
  from (select q.entity_name as entity, count(*)::int as entries, max(q.entry_time)::text as until
  from "pg_tviews_internal"."queue" q left join "public"."pg_tviews_metadata" m using (entity_name)
 where 'orphaned' = 'all' or m.entity_name is null
 group by q.entity_name
 order by q.entity_name) o
\gexec
commit;

\echo 'The queue afterwards'
select depth, views, "oldestSeconds", "oldestKnownSeconds", orphaned,
       case when depth > 1000 or "oldestSeconds" > 3600 then 'CRITICAL' when depth > 100 or "oldestSeconds" > 600 then 'WARNING' else 'OK' end as level
  from (select count(*)::int as depth, count(distinct q.entity_name)::int as views,
               coalesce(extract(epoch from clock_timestamp() - min(q.entry_time)), 0)::int as "oldestSeconds",
               coalesce(extract(epoch from clock_timestamp() - min(q.entry_time) filter (where m.entity_name is not null)), 0)::int as "oldestKnownSeconds",
               (count(*) filter (where m.entity_name is null))::int as orphaned
          from "pg_tviews_internal"."queue" q left join "public"."pg_tviews_metadata" m using (entity_name)) d;


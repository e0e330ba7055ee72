-- diagnoseQueue (read, read, login read)

-- read
with queue as materialized (select depth, views, "oldestSeconds", "oldestKnownSeconds", orphaned,
       case when depth > 1000 or "oldestSeconds" > 3600 then 'CRITICAL' when depth > 100 or "oldestSeconds" > 600 then 'WARNING' else 'OK' end as level
  from (select count(*)::int as depth, count(distinct q.entity_name)::int as views,
               coalesce(extract(epoch from clock_timestamp() - min(q.entry_time)), 0)::int as "oldestSeconds",
               coalesce(extract(epoch from clock_timestamp() - min(q.entry_time) filter (where m.entity_name is not null)), 0)::int as "oldestKnownSeconds",
               (count(*) filter (where m.entity_name is null))::int as orphaned
          from "pg_tviews_internal"."queue" q left join "public"."pg_tviews_metadata" m using (entity_name)) d), meta as (select * from "public"."pg_tviews_metadata")
select 'long queue' as trouble, 'the queue' as subject, format('%s entries of %s views, the oldest %s s old: %s', depth, views, "oldestSeconds", level) as seen,
       'runbook start drainRefreshQueue' as "doNext" from queue where level <> 'OK'
union all
select 'orphaned entries', 'the queue', format('%s entries of views that do not exist', orphaned), 'set them aside: runbook list orphaned' from queue where orphaned > 0
union all
(select 'failed refresh', entity_name, left(last_error, 300), 'mend what the error says, then runbook start refreshTview' from meta where last_error is not null order by 2 limit 20)
union all
(select 'slow refresh', entity_name, format('%s ms', round(last_refresh_duration_ms::numeric)), 'refresh it by rows: runbook start refreshTview; explain its view'
   from meta where last_refresh_duration_ms > 60000 order by last_refresh_duration_ms desc limit 20);

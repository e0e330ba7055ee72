-- measureQueue (read, read, login read)

-- read
select depth, views, "oldestSeconds", "oldestKnownSeconds", orphaned,
       case when depth > 1000 or "oldestSeconds" > 3600 then 'CRITICAL' when depth > 100 or "oldestSeconds" > 600 then 'WARNING' else 'OK' end as level
  from (select count(*)::int as depth, count(distinct q.entity_name)::int as views,
               coalesce(extract(epoch from clock_timestamp() - min(q.entry_time)), 0)::int as "oldestSeconds",
               coalesce(extract(epoch from clock_timestamp() - min(q.entry_time) filter (where m.entity_name is not null)), 0)::int as "oldestKnownSeconds",
               (count(*) filter (where m.entity_name is null))::int as orphaned
          from "pg_tviews_internal"."queue" q left join "public"."pg_tviews_metadata" m using (entity_name)) d;

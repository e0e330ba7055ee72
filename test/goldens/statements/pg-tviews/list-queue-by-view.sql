-- listQueueByView (read, read, login read)

-- read
select q.entity_name as entity, count(*)::int as entries, extract(epoch from clock_timestamp() - min(q.entry_time))::int as "oldestSeconds",
       bool_or(m.entity_name is not null) as known
  from "pg_tviews_internal"."queue" q left join "public"."pg_tviews_metadata" m using (entity_name)
 group by q.entity_name
 order by min(q.entry_time), q.entity_name
 limit 20;

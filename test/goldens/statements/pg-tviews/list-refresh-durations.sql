-- listRefreshDurations (read, read, login read)

-- read
select entity_name as entity, last_refresh_duration_ms::float8 as "durationMs", last_refresh_time::text as "lastRefreshAt", last_error is not null as failed
  from "public"."pg_tviews_metadata"
 order by last_refresh_duration_ms desc nulls last, entity_name
 limit 30;

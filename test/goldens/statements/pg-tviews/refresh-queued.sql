-- refreshQueued (write, transactional, login own)

-- before
select q.entity_name as entity, count(*)::int as entries, min(q.entry_time)::text as oldest, max(q.entry_time)::text as until
  from "pg_tviews_internal"."queue" q join "public"."pg_tviews_metadata" m using (entity_name)
 group by q.entity_name
 order by min(q.entry_time), q.entity_name
 limit 2;

-- statement
delete from "pg_tviews_internal"."queue" where entity_name = 'tv_gone' and entry_time <= '2030-01-01 00:00:01+00'::timestamptz;
do 'begin perform "public"."pg_tviews_refresh"(''tv_gone'', force => true); end';

-- verify
select count(*) = 0 as holds, 'none of the taken entries is left'::text as expected, format('%s of them left', count(*)) as seen
  from "pg_tviews_internal"."queue" q
  join jsonb_to_recordset('[{"entity":"tv_gone","entries":3,"oldest":"2030-01-01 00:00:00+00","until":"2030-01-01 00:00:01+00"}]'::jsonb) as w (entity text, until timestamptz) on w.entity = q.entity_name and q.entry_time <= w.until;

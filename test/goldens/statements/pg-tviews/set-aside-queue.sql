-- setAsideQueue (write, transactional, login own)

-- before
select q.entity_name as entity, count(*)::int as entries, max(q.entry_time)::text as until
  from "pg_tviews_internal"."queue" q left join "public"."pg_tviews_metadata" m using (entity_name)
 where 'orphaned' = 'all' or m.entity_name is null
 group by q.entity_name
 order by q.entity_name;

-- statement
create table if not exists "pg_tviews_internal"."queue_set_aside" (entity_name text not null, entry_time timestamptz not null, set_aside_at timestamptz not null default now());
with moved as (delete from "pg_tviews_internal"."queue" where entity_name = 'tv_gone' and entry_time <= '2030-01-01 00:00:01+00'::timestamptz returning entity_name, entry_time)
insert into "pg_tviews_internal"."queue_set_aside" (entity_name, entry_time) select entity_name, entry_time from moved;

-- verify
select (select count(*) from "pg_tviews_internal"."queue" q join jsonb_to_recordset('[{"entity":"tv_gone","entries":3,"oldest":"2030-01-01 00:00:00+00","until":"2030-01-01 00:00:01+00"}]'::jsonb) as w (entity text, until timestamptz)
    on w.entity = q.entity_name and q.entry_time <= w.until) = 0 as holds, 'none of the entries in the queue'::text as expected,
       format('%s of them in the queue', (select count(*) from "pg_tviews_internal"."queue" q join jsonb_to_recordset('[{"entity":"tv_gone","entries":3,"oldest":"2030-01-01 00:00:00+00","until":"2030-01-01 00:00:01+00"}]'::jsonb) as w (entity text, until timestamptz)
    on w.entity = q.entity_name and q.entry_time <= w.until)) as seen;

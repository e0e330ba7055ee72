-- putBackQueue (write, transactional, login own)

-- before
select * from jsonb_to_recordset('[{"entity":"tv_gone","entries":3,"until":"2030-01-01 00:00:01+00"}]'::jsonb) as w (entity text, entries int, until text);

-- statement
with moved as (delete from "pg_tviews_internal"."queue_set_aside" where entity_name = 'tv_gone' and entry_time <= '2030-01-01 00:00:01+00'::timestamptz returning entity_name, entry_time)
insert into "pg_tviews_internal"."queue" (entity_name, entry_time) select entity_name, entry_time from moved;

-- verify
select (select count(*) from "pg_tviews_internal"."queue_set_aside" q join jsonb_to_recordset('[{"entity":"tv_gone","entries":3,"until":"2030-01-01 00:00:01+00"}]'::jsonb) as w (entity text, until timestamptz)
    on w.entity = q.entity_name and q.entry_time <= w.until) = 0 as holds, 'none of the entries set aside'::text as expected, format('%s of them set aside', (select count(*) from "pg_tviews_internal"."queue_set_aside" q join jsonb_to_recordset('[{"entity":"tv_gone","entries":3,"until":"2030-01-01 00:00:01+00"}]'::jsonb) as w (entity text, until timestamptz)
    on w.entity = q.entity_name and q.entry_time <= w.until)) as seen;

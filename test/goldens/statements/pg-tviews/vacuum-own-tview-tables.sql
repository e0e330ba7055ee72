-- vacuumOwnTviewTables (write, idempotent, login own)

-- before
select w.schema, w."table", coalesce(s.n_dead_tup, 0)::float8 as "deadRows", clock_timestamp()::text as "seenAt"
  from jsonb_to_recordset('[{"schema":"public","table":"tv_order"}]'::jsonb) as w (schema text, "table" text)
  join pg_stat_user_tables s on s.schemaname = w.schema and s.relname = w."table" order by 1, 2;

-- statement
vacuum (analyze, truncate false) "public"."tv_order";

-- verify
select count(*) = 0 as holds, '1 tables vacuumed and analyzed'::text as expected,
       case when count(*) = 0 then '1 tables vacuumed and analyzed'::text
            else format('not done: %s', (array_agg(format('%I.%I', s.schemaname, s.relname) order by 1))[1:20]) end as seen
  from jsonb_to_recordset('[{"schema":"public","table":"tv_order","deadRows":20,"seenAt":"2030-01-01 00:00:00+00"}]'::jsonb) as w (schema text, "table" text, "seenAt" timestamptz)
  join pg_stat_user_tables s on s.schemaname = w.schema and s.relname = w."table"
 where s.last_vacuum is null or s.last_vacuum < w."seenAt" or s.last_analyze is null or s.last_analyze < w."seenAt";

-- restoreRefreshTriggers (write, idempotent, login own)

-- before
select t.schema, t."table", t.trigger, t.state, r.state as recorded
  from (select n.nspname as schema, c.relname as "table", t.tgname as trigger, t.tgenabled::text as state, t.tgrelid, encode(t.tgargs, 'escape') as arguments
  from pg_trigger t join pg_class c on c.oid = t.tgrelid join pg_namespace n on n.oid = c.relnamespace
 where not t.tgisinternal and t.tgfoid = any(array['public.tview_trigger_handler()']::regprocedure[]::oid[])) t
  join (select distinct on (w.schema, w."table", w.trigger) w.schema, w."table", w.trigger, w.state
          from runbooks.ledger l
          cross join lateral jsonb_to_recordset(l.before) as w (schema text, "table" text, trigger text, state text)
         where l.operation = 'disableRefreshTriggers' and l.state in ('claimed', 'done') and jsonb_typeof(l.before) = 'array'
           and l.seq > coalesce((select max(d.seq) from runbooks.ledger d where d.operation = 'restoreRefreshTriggers' and d.state = 'done'), 0)
         order by w.schema, w."table", w.trigger, l.seq desc) r using (schema, "table", trigger)
 where t.state <> r.state
 order by t.schema, t."table", t.trigger;

-- statement
alter table only "shop"."tb_customer" enable trigger "trg_tview_customer_on_tb_customer";
alter table only "shop"."tb ""odd""" enable replica trigger "trg_tview_odd", enable always trigger "trg_tview_more";

-- verify
with wanted as (select * from jsonb_to_recordset( E'[{"schema":"shop","table":"tb_customer","trigger":"trg_tview_customer_on_tb_customer","state":"O"},{"schema":"shop","table":"tb \\"odd\\"","trigger":"trg_tview_odd","state":"R"},{"schema":"shop","table":"tb \\"odd\\"","trigger":"trg_tview_more","state":"A"}]'::jsonb) as w (schema text, "table" text, trigger text, state text)),
     found as (select n.nspname as schema, c.relname as "table", t.tgname as trigger, t.tgenabled::text as state, t.tgrelid, encode(t.tgargs, 'escape') as arguments
  from pg_trigger t join pg_class c on c.oid = t.tgrelid join pg_namespace n on n.oid = c.relnamespace
 where not t.tgisinternal and t.tgfoid = any(array['public.tview_trigger_handler()']::regprocedure[]::oid[])),
     others as (select f.schema, f."table", f.trigger, f.state from found f join wanted w using (schema, "table", trigger) where f.state <> w.state),
     gone as (select w.* from wanted w left join found f using (schema, "table", trigger) where f.trigger is null)
select not exists (select from others) as holds, '3 refresh triggers in their recorded states'::text as expected,
       case when exists (select from others)
            then 'not so: ' || (select string_agg(distinct format('%I.%I', schema, "table"), ', ') from (select * from others order by 1, 2 limit 20) o)
            else (select format('%s triggers as wanted', (select count(*) from wanted) - (select count(*) from gone))) end
       || coalesce((select format('; dropped meanwhile: %s', string_agg(format('%I.%I %I', schema, "table", trigger), ', ')) from (select * from gone limit 20) g having count(*) > 0), '') as seen;

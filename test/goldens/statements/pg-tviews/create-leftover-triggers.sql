-- createLeftoverTriggers (write, idempotent, login own)

-- before
select w.* from jsonb_to_recordset('[{"schema":"public","table":"tb_order","trigger":"trg_tview_order_on_tb_order","state":"D","definition":"CREATE TRIGGER trg_tview_order_on_tb_order AFTER INSERT ON public.tb_order FOR EACH ROW EXECUTE FUNCTION tview_trigger_handler(''order'')"}]'::jsonb) as w (schema text, "table" text, trigger text, state text, definition text) order by 1, 2, 3;

-- statement
do 'begin execute ''CREATE OR REPLACE TRIGGER trg_tview_order_on_tb_order AFTER INSERT ON public.tb_order FOR EACH ROW EXECUTE FUNCTION tview_trigger_handler(''''order'''')''; end';
alter table only "public"."tb_order" disable trigger "trg_tview_order_on_tb_order";

-- verify
select same = wanted as holds, format('%s triggers as recorded', wanted) as expected, format('%s as recorded', same) as seen from (select count(*)::int as wanted, count(t.oid)::int as standing,
       (count(*) filter (where pg_get_triggerdef(t.oid) = w.definition and t.tgenabled::text = w.state))::int as same,
       string_agg(distinct format('%I.%I', w.schema, w."table"), ', ') filter (where t.oid is not null) as "on"
  from jsonb_to_recordset('[{"schema":"public","table":"tb_order","trigger":"trg_tview_order_on_tb_order","state":"D","definition":"CREATE TRIGGER trg_tview_order_on_tb_order AFTER INSERT ON public.tb_order FOR EACH ROW EXECUTE FUNCTION tview_trigger_handler(''order'')"}]'::jsonb) as w (schema text, "table" text, trigger text, state text, definition text)
  left join (pg_trigger t join pg_class c on c.oid = t.tgrelid join pg_namespace n on n.oid = c.relnamespace)
    on n.nspname = w.schema and c.relname = w."table" and t.tgname = w.trigger and not t.tgisinternal) s;

-- dropLeftoverTriggers (write, idempotent, login own)

-- before
select schema, "table", trigger, state, definition from (select h.schema, h."table", h.tgname as trigger, h.tgenabled::text as state, h.definition
  from (select t.tgrelid, t.tgname, t.tgenabled, t.tgfoid, t.tgparentid, p.prosrc, n.nspname as schema, c.relname as "table", pg_get_triggerdef(t.oid) as definition
  from pg_trigger t join pg_proc p on p.oid = t.tgfoid join pg_class c on c.oid = t.tgrelid join pg_namespace n on n.oid = c.relnamespace
 where not t.tgisinternal and (p.proname = 'tview_trigger_handler' or t.tgname like 'trg\_tview\_%' or t.tgname like 'pg\_tviews\_%')) h where h.tgfoid in (select tgfoid from (select h.tgfoid, lower(w.word[1]) as lacks
  from (select distinct tgfoid, prosrc from (select t.tgrelid, t.tgname, t.tgenabled, t.tgfoid, t.tgparentid, p.prosrc, n.nspname as schema, c.relname as "table", pg_get_triggerdef(t.oid) as definition
  from pg_trigger t join pg_proc p on p.oid = t.tgfoid join pg_class c on c.oid = t.tgrelid join pg_namespace n on n.oid = c.relnamespace
 where not t.tgisinternal and (p.proname = 'tview_trigger_handler' or t.tgname like 'trg\_tview\_%' or t.tgname like 'pg\_tviews\_%')) h) h
  cross join lateral regexp_matches(h.prosrc, 'perform\s+(?:\w+\.)?(\w*tview\w*)\s*\(', 'gi') w (word)
 where not exists (select from pg_proc p where p.proname = lower(w.word[1]))
 union
select h.tgfoid, lower(w.word[1])
  from (select distinct tgfoid, prosrc from (select t.tgrelid, t.tgname, t.tgenabled, t.tgfoid, t.tgparentid, p.prosrc, n.nspname as schema, c.relname as "table", pg_get_triggerdef(t.oid) as definition
  from pg_trigger t join pg_proc p on p.oid = t.tgfoid join pg_class c on c.oid = t.tgrelid join pg_namespace n on n.oid = c.relnamespace
 where not t.tgisinternal and (p.proname = 'tview_trigger_handler' or t.tgname like 'trg\_tview\_%' or t.tgname like 'pg\_tviews\_%')) h) h
  cross join lateral regexp_matches(h.prosrc, 'insert\s+into\s+(?:\w+\.)?(\w*(?:queue|tview)\w*)', 'gi') w (word)
 where not exists (select from pg_class c where c.relname = lower(w.word[1]))) b) and h.tgparentid = 0) l order by schema, "table", trigger;

-- statement
drop trigger if exists "trg_tview_order_on_tb_order" on "public"."tb_order";

-- verify
select standing = 0 as holds, 'none of the leftover triggers'::text as expected,
       format('%s of %s%s', standing, wanted, coalesce(', on ' || "on", '')) as seen from (select count(*)::int as wanted, count(t.oid)::int as standing,
       (count(*) filter (where pg_get_triggerdef(t.oid) = w.definition and t.tgenabled::text = w.state))::int as same,
       string_agg(distinct format('%I.%I', w.schema, w."table"), ', ') filter (where t.oid is not null) as "on"
  from jsonb_to_recordset('[{"schema":"public","table":"tb_order","trigger":"trg_tview_order_on_tb_order","state":"D","definition":"CREATE TRIGGER trg_tview_order_on_tb_order AFTER INSERT ON public.tb_order FOR EACH ROW EXECUTE FUNCTION tview_trigger_handler(''order'')"}]'::jsonb) as w (schema text, "table" text, trigger text, state text, definition text)
  left join (pg_trigger t join pg_class c on c.oid = t.tgrelid join pg_namespace n on n.oid = c.relnamespace)
    on n.nspname = w.schema and c.relname = w."table" and t.tgname = w.trigger and not t.tgisinternal) s;

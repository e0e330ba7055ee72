-- listLeftoverTriggers (read, read, login read)

-- read
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
 where not exists (select from pg_class c where c.relname = lower(w.word[1]))) b) and h.tgparentid = 0) l order by schema, "table", trigger limit 50;

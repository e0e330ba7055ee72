-- findTviewRemains (read, read, login read)

-- read
with hooks as materialized (select t.tgrelid, t.tgname, t.tgenabled, t.tgfoid, t.tgparentid, p.prosrc, n.nspname as schema, c.relname as "table", pg_get_triggerdef(t.oid) as definition
  from pg_trigger t join pg_proc p on p.oid = t.tgfoid join pg_class c on c.oid = t.tgrelid join pg_namespace n on n.oid = c.relnamespace
 where not t.tgisinternal and (p.proname = 'tview_trigger_handler' or t.tgname like 'trg\_tview\_%' or t.tgname like 'pg\_tviews\_%')),
     failing as (select h.schema, h."table", h.tgenabled, b.lacks from hooks h join (select h.tgfoid, lower(w.word[1]) as lacks
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
 where not exists (select from pg_class c where c.relname = lower(w.word[1]))) b on b.tgfoid = h.tgfoid)
select to_jsonb(i) as on, (select count(*)::int from hooks) as triggers,
       array(select distinct format('%I.%I', schema, "table") from hooks order by 1 limit 20) as tables,
       (select coalesce(jsonb_agg(f), '[]') from (
          select 'every write fails' as trouble, string_agg(distinct format('%I.%I', schema, "table"), ', ') as subject,
                 format('their refresh triggers need %s, which does not exist: the extension was dropped before its triggers', lacks) as seen,
                 'runbook start removeLeftoverTriggers' as "doNext"
            from failing where tgenabled <> 'D' group by lacks
          union all
          select 'metadata gone', 'pg_tviews', format('%s triggers stand, and no metadata', (select count(*) from hooks)),
                 'install the extension again and build each TVIEW from its definition, or runbook start removeLeftoverTriggers'
           where i is null and exists (select from hooks)) f) as findings
  from (select) here left join (with metadata as (
  select case c.relname when 'pg_tview_meta' then 'immediate' else 'queued' end as dialect, n.nspname as schema
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
   where c.relname in ('pg_tview_meta', 'pg_tviews_metadata') and c.relkind in ('r', 'v') and n.nspname !~ '^pg_(temp|toast)'
   order by c.relname, n.nspname
   limit 1
)
select m.dialect, m.schema, e.extversion as version, e.oid is not null as "isExtension",
       array(select distinct p.oid::regprocedure::text
               from pg_proc p join pg_namespace n on n.oid = p.pronamespace
              where p.prorettype = 'trigger'::regtype
                and (m.dialect = 'immediate' and p.proname = 'tview_trigger_handler'
                     or m.dialect = 'queued' and exists (select from pg_trigger t where t.tgfoid = p.oid and not t.tgisinternal and t.tgname like 'pg\_tviews\_%'))
              order by 1 limit 5) as handlers,
       case when m.dialect = 'queued' then (
         select jsonb_build_object('schema', n.nspname, 'table', c.relname)
           from pg_class c join pg_namespace n on n.oid = c.relnamespace
          where c.relkind = 'r' and c.relname ~ 'queue' and c.relname !~ 'set_aside'
            and (select count(*) from pg_attribute a where a.attrelid = c.oid and a.attname in ('entity_name', 'entry_time') and not a.attisdropped) = 2
          order by n.nspname, c.relname limit 1) end as queue
  from metadata m left join pg_extension e on e.extname = 'pg_tviews') i on true;

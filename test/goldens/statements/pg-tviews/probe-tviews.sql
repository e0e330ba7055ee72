-- probeTviews (read, read, login read)

-- read
with metadata as (
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
  from metadata m left join pg_extension e on e.extname = 'pg_tviews';

-- listTviewsInOrder (read, read, login read)

-- read
select r.rank, w.keyed, w.referenced, w.lacks,
       jsonb_build_object('entity', w.entity, 'schema', w.schema, 'table', w."table", 'viewSchema', w."viewSchema", 'view', w.view, 'columns', w.columns, 'key', w.key) as tview
  from (select m.entity, t.oid as table_oid, tn.nspname as schema, t.relname as "table", vn.nspname as "viewSchema", v.relname as view, c.columns, k.key,
       exists (select from pg_index i join pg_attribute a on a.attrelid = i.indrelid and a.attnum = i.indkey[0]
                where i.indrelid = t.oid and i.indisunique and i.indisvalid and i.indimmediate and i.indpred is null and i.indnkeyatts = 1 and a.attname = k.key) as keyed,
       exists (select from pg_constraint f where f.confrelid = t.oid and f.contype = 'f') as referenced,
       array(select c.name from unnest(c.columns) c (name)
              where not exists (select from pg_attribute a where a.attrelid = t.oid and a.attname = c.name and a.attnum > 0 and not a.attisdropped)) as lacks
  from (select m.entity_name as entity, m.entity_name as table_name, (select c.oid from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where (c.relname = m.entity_name or n.nspname || '.' || c.relname = m.entity_name) and c.relkind in ('r', 'p', 'v', 'm')
    and n.nspname !~ '^(pg_|information_schema)'
  order by n.nspname = 'public' desc, n.nspname limit 1) as table_oid,
       (select c.oid from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where (c.relname = regexp_replace(m.entity_name, '(^|[.])tv_', '\1v_') or n.nspname || '.' || c.relname = regexp_replace(m.entity_name, '(^|[.])tv_', '\1v_')) and c.relkind in ('r', 'p', 'v', 'm')
    and n.nspname !~ '^(pg_|information_schema)'
  order by n.nspname = 'public' desc, n.nspname limit 1) as view_oid,
       array_remove(array[(select c.oid from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where (c.relname = m.backing_table_name or n.nspname || '.' || c.relname = m.backing_table_name) and c.relkind in ('r', 'p', 'v', 'm')
    and n.nspname !~ '^(pg_|information_schema)'
  order by n.nspname = 'public' desc, n.nspname limit 1)], null) as bases
  from "public"."pg_tviews_metadata" m) m
  join pg_class t on t.oid = m.table_oid join pg_namespace tn on tn.oid = t.relnamespace
  join pg_class v on v.oid = m.view_oid join pg_namespace vn on vn.oid = v.relnamespace
  cross join lateral (select array_agg(a.attname::text order by a.attnum) as columns
                        from pg_attribute a where a.attrelid = v.oid and a.attnum > 0 and not a.attisdropped) c
  cross join lateral (select case when 'pk_' || regexp_replace(m.entity, '^tv_', '') = any(c.columns)
                                  then 'pk_' || regexp_replace(m.entity, '^tv_', '') else c.columns[1] end as key) k) w join (select entity_name as entity, -refresh_priority as rank from "public"."pg_tviews_metadata") r using (entity)
 where false or (r.rank, w.entity) > (0::int, 'tv_customer'::text)
 order by r.rank, w.entity
 limit 10;

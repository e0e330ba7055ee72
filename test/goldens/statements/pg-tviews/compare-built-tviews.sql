-- compareBuiltTviews (read, read, login own)

-- read
select e.entity,
       case when w.entity is not null and cardinality(w.lacks) = 0 then substring(query_to_xml(format(
         'select (select count(*) from (select %1$s from %2$s except all select %1$s from %3$s) m) + (select count(*) from (select %1$s from %3$s except all select %1$s from %2$s) s) as differing',
         (select string_agg(quote_ident(c), ', ') from unnest(w.columns) c), format('%I.%I', w."viewSchema", w.view), format('%I.%I', w.schema, w."table")),
         false, false, '')::text from '<differing>(\d+)')::int end as differing
  from unnest(array['order']::text[]) e (entity) left join (select m.entity, t.oid as table_oid, tn.nspname as schema, t.relname as "table", vn.nspname as "viewSchema", v.relname as view, c.columns, k.key,
       exists (select from pg_index i join pg_attribute a on a.attrelid = i.indrelid and a.attnum = i.indkey[0]
                where i.indrelid = t.oid and i.indisunique and i.indisvalid and i.indimmediate and i.indpred is null and i.indnkeyatts = 1 and a.attname = k.key) as keyed,
       exists (select from pg_constraint f where f.confrelid = t.oid and f.contype = 'f') as referenced,
       array(select c.name from unnest(c.columns) c (name)
              where not exists (select from pg_attribute a where a.attrelid = t.oid and a.attname = c.name and a.attnum > 0 and not a.attisdropped)) as lacks
  from (select m.entity, 'tv_' || m.entity as table_name, t.oid as table_oid, v.oid as view_oid, m.dependencies::oid[] as bases
  from "public"."pg_tview_meta" m
  left join pg_class t on t.oid = m.table_oid
  left join pg_class v on v.oid = m.view_oid) m
  join pg_class t on t.oid = m.table_oid join pg_namespace tn on tn.oid = t.relnamespace
  join pg_class v on v.oid = m.view_oid join pg_namespace vn on vn.oid = v.relnamespace
  cross join lateral (select array_agg(a.attname::text order by a.attnum) as columns
                        from pg_attribute a where a.attrelid = v.oid and a.attnum > 0 and not a.attisdropped) c
  cross join lateral (select case when 'pk_' || regexp_replace(m.entity, '^tv_', '') = any(c.columns)
                                  then 'pk_' || regexp_replace(m.entity, '^tv_', '') else c.columns[1] end as key) k) w on w.entity = e.entity
 order by e.entity;

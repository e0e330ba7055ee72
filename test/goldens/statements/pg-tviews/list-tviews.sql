-- listTviews (read, read, login read)

-- read
select m.entity, tn.nspname as schema, t.relname as "table", vn.nspname as "viewSchema", v.relname as view, c.columns,
         case when 'pk_' || regexp_replace(m.entity, '^tv_', '') = any(c.columns) then 'pk_' || regexp_replace(m.entity, '^tv_', '') else c.columns[1] end as key
    from (select m.entity, 'tv_' || m.entity as table_name, t.oid as table_oid, v.oid as view_oid, m.dependencies::oid[] as bases
from "public"."pg_tview_meta" m
left join pg_class t on t.oid = m.table_oid
left join pg_class v on v.oid = m.view_oid) m
    join pg_class t on t.oid = m.table_oid join pg_namespace tn on tn.oid = t.relnamespace
    join pg_class v on v.oid = m.view_oid join pg_namespace vn on vn.oid = v.relnamespace
    cross join lateral (select array_agg(a.attname::text order by a.attnum) as columns
                          from pg_attribute a where a.attrelid = v.oid and a.attnum > 0 and not a.attisdropped) c
   where m.entity > ''
   order by m.entity
   limit 40;

-- listCascades (read, read, login read)

-- read
select e.entity, e.dependant, n.nspname as schema, c.relname as "table", e."column"
  from (select p.entity, d.entity as dependant, 'fk_' || p.entity as "column"
  from "public"."pg_tview_meta" p join "public"."pg_tview_meta" d on d.entity <> p.entity and 'fk_' || p.entity = any(d.fk_columns)) e join (select m.entity, 'tv_' || m.entity as table_name, t.oid as table_oid, v.oid as view_oid, m.dependencies::oid[] as bases
  from "public"."pg_tview_meta" m
  left join pg_class t on t.oid = m.table_oid
  left join pg_class v on v.oid = m.view_oid) m on m.entity = e.dependant
  join pg_class c on c.oid = m.table_oid join pg_namespace n on n.oid = c.relnamespace
  join pg_attribute a on a.attrelid = c.oid and a.attname = e."column" and not a.attisdropped
 order by e.entity, e.dependant
 limit 40;

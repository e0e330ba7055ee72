-- findTviewDamage (read, read, login read)

-- read
with rebuilt as materialized (with recursive meta as materialized (select m.entity, 'tv_' || m.entity as table_name, t.oid as table_oid, v.oid as view_oid, m.dependencies::oid[] as bases
  from "public"."pg_tview_meta" m
  left join pg_class t on t.oid = m.table_oid
  left join pg_class v on v.oid = m.view_oid), edges as (select p.entity, d.entity as dependant, 'fk_' || p.entity as "column"
  from "public"."pg_tview_meta" p join "public"."pg_tview_meta" d on d.entity <> p.entity and 'fk_' || p.entity = any(d.fk_columns)),
     nested (entity, view_oid, level) as (
       select m.entity, m.view_oid, 0 from meta m where m.entity in ('order', regexp_replace('order', '^tv_', ''))
       union
       select d.entity, d.view_oid, n.level + 1
         from nested n join meta d on d.entity <> n.entity
        where n.level < 10
          and exists (select from pg_rewrite r join pg_depend x on x.classid = 'pg_rewrite'::regclass and x.objid = r.oid
                       where r.ev_class = d.view_oid and x.refclassid = 'pg_class'::regclass and x.refobjid = n.view_oid)),
     below (entity) as (select entity from nested union select e.dependant from below b join edges e on e.entity = b.entity)
select m.entity, m.table_oid, m.view_oid, d.definition, row_number() over (order by r.rank, coalesce(n.level, 0), m.entity) as place
  from meta m
  join "public"."pg_tview_meta" d on d.entity = m.entity
  join (with recursive edges as (select p.entity, d.entity as dependant, 'fk_' || p.entity as "column"
  from "public"."pg_tview_meta" p join "public"."pg_tview_meta" d on d.entity <> p.entity and 'fk_' || p.entity = any(d.fk_columns)),
     levels (entity, level) as (select m.entity, 0 from (select m.entity, 'tv_' || m.entity as table_name, t.oid as table_oid, v.oid as view_oid, m.dependencies::oid[] as bases
  from "public"."pg_tview_meta" m
  left join pg_class t on t.oid = m.table_oid
  left join pg_class v on v.oid = m.view_oid) m
                                union select e.dependant, l.level + 1 from levels l join edges e on e.entity = l.entity where l.level < 10)
select entity, max(level) as rank from levels group by entity) r on r.entity = m.entity
  left join (select entity, max(level) as level from nested group by entity) n on n.entity = m.entity
 where n.entity is not null or (m.entity in (select entity from below) and (m.table_oid is null or m.view_oid is null))), meta as materialized (select m.entity, 'tv_' || m.entity as table_name, t.oid as table_oid, v.oid as view_oid, m.dependencies::oid[] as bases
  from "public"."pg_tview_meta" m
  left join pg_class t on t.oid = m.table_oid
  left join pg_class v on v.oid = m.view_oid),
     wanted as (select r.* from rebuilt r where r.entity in ('order', regexp_replace('order', '^tv_', '')))
select 'order'::text as asked, w.entity,
       case when w.table_oid is null and w.view_oid is null then 'its table and its view are gone' when w.table_oid is null then 'its table is gone'
            when w.view_oid is null then 'its view is gone'
            when cardinality(f.lacks) > 0 then 'its table lacks columns of its view' end as damage,
       not exists (select from rebuilt where coalesce(definition, '') = '') as defined,
       array(select m.entity from (select p.entity, d.entity as dependant, 'fk_' || p.entity as "column"
  from "public"."pg_tview_meta" p join "public"."pg_tview_meta" d on d.entity <> p.entity and 'fk_' || p.entity = any(d.fk_columns)) e join meta m on m.entity = e.entity
              where e.dependant in (select entity from rebuilt) and m.entity not in (select entity from rebuilt) and m.view_oid is null order by 1 limit 20) as needs,
       exists (select from pg_proc p where p.oid = any(array['public.tview_trigger_handler()']::regprocedure[]::oid[]) and p.prosrc like '%refresh switched off by pg-runbooks%') as replaced,
       coalesce((select n.nspname from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.oid in (w.table_oid, w.view_oid) limit 1), 'public') as schema,
       array(select entity from rebuilt order by place) as rebuilds, array(select entity from meta order by entity limit 20) as known
  from (select) here left join wanted w on true left join (select m.entity, t.oid as table_oid, tn.nspname as schema, t.relname as "table", vn.nspname as "viewSchema", v.relname as view, c.columns, k.key,
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
                                  then 'pk_' || regexp_replace(m.entity, '^tv_', '') else c.columns[1] end as key) k) f on f.entity = w.entity;

-- rebuildTviews (write, transactional, login own)

-- before
select a.entity, a.definition,
       array(select pg_get_indexdef(i.indexrelid) from pg_index i
              where i.indrelid = a.table_oid and not exists (select from pg_constraint c where c.conindid = i.indexrelid) order by 1) as indexes,
       array(select format('grant %s on %s to %s%s', string_agg(g.privilege_type, ', ' order by g.privilege_type), g.name, g.grantee, case when g.is_grantable then ' with grant option' else '' end)
               from (select format('%I.%I', n.nspname, c.relname) as name, x.privilege_type || coalesce(' (' || quote_ident(s.part) || ')', '') as privilege_type, x.is_grantable,
                            case when x.grantee = 0 then 'public' else quote_ident(pg_get_userbyid(x.grantee)) end as grantee
                       from pg_class c join pg_namespace n on n.oid = c.relnamespace
                       cross join lateral (select null::name as part, c.relacl as acl
                                           union all select p.attname, p.attacl from pg_attribute p where p.attrelid = c.oid and not p.attisdropped) s
                       cross join lateral aclexplode(s.acl) x
                      where c.oid in (a.table_oid, a.view_oid) and x.grantee <> c.relowner) g
              group by g.name, g.grantee, g.is_grantable order by 1) as grants
  from (with recursive meta as materialized (select m.entity, 'tv_' || m.entity as table_name, t.oid as table_oid, v.oid as view_oid, m.dependencies::oid[] as bases
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
 where n.entity is not null or (m.entity in (select entity from below) and (m.table_oid is null or m.view_oid is null))) a
 order by a.place;

-- statement
select "public"."pg_tviews_drop"('order');
select "public"."pg_tviews_create"('order', 'select pk_order from public.tb_order');
do 'begin execute ''CREATE INDEX by_customer ON public.tv_order USING btree (fk_customer)''; end';
do 'begin execute ''grant SELECT on public.tv_order to web''; end';
grant select on "public"."tv_order", "public"."v_order" to "app_web";

-- verify
with wanted as (select * from jsonb_to_recordset('[{"entity":"order","definition":"select pk_order from public.tb_order"}]'::jsonb) as w (entity text, definition text)),
     built as (select w.entity from wanted w join (select m.entity, 'tv_' || m.entity as table_name, t.oid as table_oid, v.oid as view_oid, m.dependencies::oid[] as bases
  from "public"."pg_tview_meta" m
  left join pg_class t on t.oid = m.table_oid
  left join pg_class v on v.oid = m.view_oid) m on m.entity = w.entity join "public"."pg_tview_meta" d on d.entity = w.entity
                where m.table_oid is not null and m.view_oid is not null and d.definition = w.definition
                  and exists (select from pg_trigger t where not t.tgisinternal and t.tgrelid = any(m.bases) and t.tgfoid = any(array['public.tview_trigger_handler()']::regprocedure[]::oid[])))
select (select count(*) from wanted) > 0 and not exists (select from wanted where entity not in (select entity from built)) as holds,
       (select format('%s with table, view and trigger', coalesce(string_agg(entity, ', ' order by entity), 'something')) from wanted) as expected,
       (select format('%s with table, view and trigger', coalesce(string_agg(entity, ', ' order by entity), 'none')) from built) as seen;

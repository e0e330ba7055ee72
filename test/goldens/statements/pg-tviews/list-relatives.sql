-- listRelatives (read, read, login read)

-- read
with recursive edges as (select p.entity, d.entity as dependant, 'fk_' || p.entity as "column"
  from "public"."pg_tview_meta" p join "public"."pg_tview_meta" d on d.entity <> p.entity and 'fk_' || p.entity = any(d.fk_columns)),
     below as (select 'order'::text as entity union select e.dependant from below b join edges e on e.entity = b.entity),
     above as (select 'order'::text as entity union select e.entity from above a join edges e on e.dependant = a.entity),
     beside as (select entity from above union select e.dependant from beside b join edges e on e.entity = b.entity)
select entity, relation
  from (select entity, 'dependant' as relation from below
        union all select entity, 'sibling' from (select entity from beside except select entity from below except select entity from above) s) r
 where entity <> 'order'
 order by relation, entity
 limit 50;

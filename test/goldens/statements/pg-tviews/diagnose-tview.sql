-- diagnoseTview (read, read, login read)

-- read
with seen as materialized (with missing as (select "pk_order", "fk_customer", "data" from "public"."v_order" except all select "pk_order", "fk_customer", "data" from "public"."tv_order"),
     surplus as (select "pk_order", "fk_customer", "data" from "public"."tv_order" except all select "pk_order", "fk_customer", "data" from "public"."v_order")
select 'order'::text as entity, (select count(*)::int from "public"."tv_order") as rows,
       (select count(*)::int from missing) as missing, (select count(*)::int from surplus) as surplus,
       (select count(*)::int from surplus s where not exists (select from "public"."v_order" v where v."pk_order" = s."pk_order")) as ghosts,
       (select count(*)::int from missing) + (select count(*)::int from surplus) as differing, 0 as queued)
select 'stale rows' as trouble, entity as subject, format('%s of its view missing or old in the table, %s surplus', missing, surplus - ghosts) as seen, 'runbook start refreshTview' as "doNext"
  from seen where missing > 0 or surplus > ghosts
union all
select 'ghosts', entity, format('%s rows whose key its view does not have', ghosts), 'runbook start refreshTview' from seen where ghosts > 0
union all
select 'poisoned cascade', e.entity, format('the ghosts in %s end the cascade of its writes; what hangs on it beside %s may be stale', s.entity, s.entity),
       format('refresh %s first, then runbook start refreshAllTviews', s.entity)
  from seen s join (select p.entity, d.entity as dependant, 'fk_' || p.entity as "column"
  from "public"."pg_tview_meta" p join "public"."pg_tview_meta" d on d.entity <> p.entity and 'fk_' || p.entity = any(d.fk_columns)) e on e.dependant = s.entity where s.ghosts > 0 and e."column" is not null;

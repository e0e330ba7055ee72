-- compareTview (read, read, login read)

-- read
with missing as (select "pk_order", "fk_customer", "data" from "public"."v_order" except all select "pk_order", "fk_customer", "data" from "public"."tv_order"),
     surplus as (select "pk_order", "fk_customer", "data" from "public"."tv_order" except all select "pk_order", "fk_customer", "data" from "public"."v_order")
select 'order'::text as entity, (select count(*)::int from "public"."tv_order") as rows,
       (select count(*)::int from missing) as missing, (select count(*)::int from surplus) as surplus,
       (select count(*)::int from surplus s where not exists (select from "public"."v_order" v where v."pk_order" = s."pk_order")) as ghosts,
       (select count(*)::int from missing) + (select count(*)::int from surplus) as differing;

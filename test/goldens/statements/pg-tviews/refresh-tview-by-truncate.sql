-- refreshTviewByTruncate (write, transactional, login own)

-- before
select format('%I.%I', n.nspname, c.relname) as "table", c.reltuples::bigint::text as estimated
  from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname = 'public' and c.relname = 'tv_order';

-- statement
do 'begin perform "public"."pg_tviews_refresh"(''order'', force => true); end';

-- verify
select differing = 0 as holds, format('%s equal to its view', 'tv_order'::text) as expected, format('%s rows differ', differing) as seen
  from (select (select count(*) from (select "pk_order", "fk_customer", "data" from "public"."v_order" except all select "pk_order", "fk_customer", "data" from "public"."tv_order") m)
             + (select count(*) from (select "pk_order", "fk_customer", "data" from "public"."tv_order" except all select "pk_order", "fk_customer", "data" from "public"."v_order") s) as differing) d;

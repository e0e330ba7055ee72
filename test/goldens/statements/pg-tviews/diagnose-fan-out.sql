-- diagnoseFanOut (read, read, login read)

-- read
select 'writes fail (42601)' as trouble, 'customer'::text as subject,
       format('%s of its rows have %s or more dependants in %s, the widest %s', count(*), 10::int, 'order'::text, max(dependants)) as seen,
       'write such rows with its trigger disabled in that transaction, then runbook start refreshAllTviews; a release without the fault is the cure' as "doNext"
  from (select count(*) as dependants from "public"."tv_order" group by "fk_customer" having count(*) >= 10) w
having count(*) > 0;

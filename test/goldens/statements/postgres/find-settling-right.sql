-- findSettlingRight (read, read, login own)

-- read
select current_user::text as login,
       coalesce((select r.rolsuper from pg_roles r where r.rolname = current_user), false)
         or exists (select from pg_prepared_xacts p where p.gid = 'order-''4711''' and p.owner = current_user) as allowed;

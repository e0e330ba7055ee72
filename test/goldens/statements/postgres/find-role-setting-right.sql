-- findRoleSettingRight (read, read, login control)

-- read
select r.oid is not null as exists, me.rolname::text as login,
       coalesce(me.rolsuper or (me.rolcreaterole and not r.rolsuper
         and (current_setting('server_version_num')::int < 160000 or pg_has_role(me.oid, r.oid, 'member with admin option'))), false) as allowed
  from pg_roles me left join pg_roles r on r.rolname = 'we"b' where me.rolname = current_user;

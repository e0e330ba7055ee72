-- findDatabaseRight (read, read, login own)

-- read
select current_user::text as login, pg_get_userbyid(datdba)::text as owner, pg_has_role(current_user, datdba, 'usage') as allowed
  from pg_database where datname = current_database();

-- setReadOnlyDefault (write, transactional, login own)

-- before
select current_database()::text as database, (select substr(c, 31) from pg_db_role_setting s join pg_database d on d.oid = s.setdatabase cross join lateral unnest(s.setconfig) c
  where d.datname = current_database() and s.setrole = 0 and starts_with(c, 'default_transaction_read_only=')) as value;

-- statement
alter database "sh""op" set default_transaction_read_only = 'on';

-- verify
select now is not distinct from 'on'::text as holds, coalesce('default_transaction_read_only ' || 'on'::text, 'no setting of the database') as expected,
       coalesce('default_transaction_read_only ' || now, 'no setting of the database') as seen
  from (select (select substr(c, 31) from pg_db_role_setting s join pg_database d on d.oid = s.setdatabase cross join lateral unnest(s.setconfig) c
  where d.datname = current_database() and s.setrole = 0 and starts_with(c, 'default_transaction_read_only=')) as now) d;

-- findReadOnlyDefault (read, read, login read)

-- read
with last as (
  select l.input->>'value' = 'on' as recorded, l.before->0->>'value' as value, l.done_at
    from runbooks.ledger l where l.operation = 'setReadOnlyDefault' and l.state = 'done' order by l.seq desc limit 1
), sessions as (
  select a.backend_start < (select done_at from last where recorded) as older, a.backend_xid is not null as writing
    from pg_stat_activity a
   where a.backend_type = 'client backend' and a.datname = current_database() and a.application_name not like 'rb:%'
)
select current_database()::text as database, (select substr(c, 31) from pg_db_role_setting s join pg_database d on d.oid = s.setdatabase cross join lateral unnest(s.setconfig) c
  where d.datname = current_database() and s.setrole = 0 and starts_with(c, 'default_transaction_read_only=')) as value, coalesce((select substr(c, 31) from pg_db_role_setting s join pg_database d on d.oid = s.setdatabase cross join lateral unnest(s.setconfig) c
  where d.datname = current_database() and s.setrole = 0 and starts_with(c, 'default_transaction_read_only='))::boolean, false) as "readOnly",
       coalesce((select recorded from last), false) as recorded, (select value from last where recorded) as "recordedValue",
       (select done_at::text from last where recorded) as "recordedAt",
       (select count(*)::int from sessions) as sessions, (select count(*)::int from sessions where older) as "olderSessions",
       (select count(*)::int from sessions where older and writing) as "olderWriting",
       array(select format('%s: %s', r.rolname, substr(c, 31))
               from pg_db_role_setting s join pg_roles r on r.oid = s.setrole cross join lateral unnest(s.setconfig) c
              where (s.setdatabase = 0 or s.setdatabase = (select oid from pg_database where datname = current_database()))
                and starts_with(c, 'default_transaction_read_only=') order by 1 limit 20) as exceptions;

-- listXminHoldersOfTviews (read, read, login read)

-- read
select kind, who, xid_age as "xidAge"
  from (select 'session' as kind, format('pid %s, %s, %s', pid, usename, application_name) as who, age(backend_xmin) as xid_age
          from pg_stat_activity where backend_type = 'client backend' and datname = current_database() and pid <> pg_backend_pid()
        union all select 'prepared transaction', gid, age(transaction) from pg_prepared_xacts where database = current_database()
        union all select 'slot', slot_name, greatest(age(xmin), age(catalog_xmin)) from pg_replication_slots
        union all select 'standby', coalesce(application_name, ''), age(backend_xmin) from pg_stat_replication) h
 where xid_age > 0 order by xid_age desc limit 5;

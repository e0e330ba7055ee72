-- findSettlement (read, read, login read)

-- read
select prepared,
       case when prepared then 'in progress'
            when substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8) <> '00000001' or '4294967999'::xid8 >= pg_snapshot_xmax(pg_current_snapshot()) then 'unknown'
            else coalesce(pg_xact_status('4294967999'::xid8), 'unknown') end as outcome
  from (select exists (select from pg_prepared_xacts where gid = 'order-''4711''' and transaction::text = '703') as prepared) p;

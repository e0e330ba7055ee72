-- listPreparedTransactions (read, read, login read)

-- read
select p.gid, extract(epoch from clock_timestamp() - p.prepared)::int as "ageSeconds", coalesce(held.locks, 0) as locks,
       coalesce(held.relations, '{}') as relations, coalesce(p.owner::text, '(a dropped role)') as owner, p.database::text as database,
       p.database = current_database() as here, p.prepared::text as "preparedAt",
       (latest.next + (((p.transaction::text::bigint - latest.next) % 4294967296 + 4294967296 + 2147483648) % 4294967296) - 2147483648)::text as transaction,
       substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8) as timeline
  from pg_prepared_xacts p
 cross join (select pg_snapshot_xmax(pg_current_snapshot())::text::bigint as next) latest
  left join lateral (
    select count(*)::int as locks,
           (array_agg(distinct format('%s on %s', l.mode, l.relation::regclass)) filter (where l.relation is not null and p.database = current_database()))[1:20] as relations
      from pg_locks own
      join pg_locks l on l.virtualtransaction = own.virtualtransaction and l.pid is null
     where own.locktype = 'transactionid' and own.pid is null and own.transactionid = p.transaction) held on true where p.database = current_database() order by p.prepared, p.gid limit 20;

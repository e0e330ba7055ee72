-- commitPreparedTransaction (irreversible, one-shot, login own)

-- before
select gid, "ageSeconds", locks, relations, owner from (select p.gid, extract(epoch from clock_timestamp() - p.prepared)::int as "ageSeconds", coalesce(held.locks, 0) as locks,
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
     where own.locktype = 'transactionid' and own.pid is null and own.transactionid = p.transaction) held on true) p where gid = 'order-''4711''' and transaction = '4294967999';

-- statement
do 'begin
  if exists (select from pg_prepared_xacts where gid = ''order-''''4711'''''' and (transaction::text <> ''703'' or prepared <> ''2030-01-01 00:00:00+00''::timestamptz)) then
    raise exception using message = ''The name of this prepared transaction was given to another one. The one of the plan is settled; nothing was done to the other. Abandon this run; a new one shows which transaction has the name now.'';
  end if;
end';
commit prepared 'order-''4711''';

-- verify
select not prepared and outcome = 'committed' as holds, 'the transaction committed'::text as expected,
       case when prepared then 'it is prepared still'
            when outcome = 'unknown' then 'it is gone, and this server cannot know which way: ask the transaction manager and look at its rows'
            when outcome <> 'committed' then format('it %s: somebody else has settled it the other way', outcome)
            else 'it ' || outcome end as seen
  from (select prepared,
       case when prepared then 'in progress'
            when substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8) <> '00000001' or '4294967999'::xid8 >= pg_snapshot_xmax(pg_current_snapshot()) then 'unknown'
            else coalesce(pg_xact_status('4294967999'::xid8), 'unknown') end as outcome
  from (select exists (select from pg_prepared_xacts where gid = 'order-''4711''' and transaction::text = '703') as prepared) p) s;

-- measurePreparedTransactions (read, read, login read)

-- read
select current_setting('max_prepared_transactions')::int as most,
       (count(*) filter (where database = current_database()))::int as here,
       (count(*) filter (where database <> current_database()))::int as elsewhere,
       coalesce(extract(epoch from clock_timestamp() - min(prepared)), 0)::int as "oldestSeconds",
       (select count(*)::int from pg_stat_activity a where a.wait_event_type = 'Lock' and 0 = any(pg_blocking_pids(a.pid))) as waiting
  from pg_prepared_xacts;

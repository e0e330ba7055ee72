-- measureSigns (read, read, login read)

-- read
with server as (
  select pg_is_in_recovery() as standby, case when pg_is_in_recovery() then greatest(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn()) else pg_current_wal_lsn() end as lsn, clock_timestamp() as now,
         current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
           - coalesce(current_setting('reserved_connections', true), '0')::int as usable
), sessions as (
  select count(*)::int as used,
         (count(*) filter (where state = 'active' and other))::int as active,
         (count(*) filter (where state like 'idle in transaction%'))::int as idle_in_transaction,
         max(extract(epoch from now - state_change)) filter (where state like 'idle in transaction%') as oldest_idle,
         max(extract(epoch from now - xact_start)) filter (where other) as longest_transaction,
         max(extract(epoch from now - query_start)) filter (where state = 'active' and other) as longest_query
    from (select a.*, a.pid <> pg_backend_pid() as other, server.now from pg_stat_activity a, server where backend_type = 'client backend') a
), waiting as (
  select count(distinct pid)::int as sessions, max(extract(epoch from server.now - waitstart)) as longest from pg_locks, server where not granted
), prepared as (
  select count(*)::int as transactions, max(extract(epoch from server.now - p.prepared)) as oldest from pg_prepared_xacts p, server
), frozen as (
  select datname, age(datfrozenxid) as age from pg_database order by age(datfrozenxid) desc limit 1
), own as (
  select case when standby then exists (select from pg_stat_wal_receiver where status = 'streaming') end as receiving,
         case when standby then pg_wal_lsn_diff(lsn, pg_last_wal_replay_lsn()) end as own_bytes,
         case when standby then case when lsn = pg_last_wal_replay_lsn() then 0
              else extract(epoch from now - pg_last_xact_replay_timestamp()) end end as own_seconds
    from server
), followers as (
  select (count(*) filter (where r.state = 'streaming'))::int as standbys,
         greatest(max(pg_wal_lsn_diff(lsn, r.replay_lsn)), max(own_bytes)) as lag_bytes,
         greatest(max(greatest(extract(epoch from r.replay_lag),
                               case when r.replay_lsn < lsn and now - r.reply_time > interval '30 seconds' then extract(epoch from now - r.reply_time) end)),
                  max(own_seconds)) as lag_seconds
    from server cross join own left join pg_stat_replication r on r.state in ('streaming', 'catchup')
), slots as (
  select coalesce((array_agg(slot_name::text order by slot_name) filter (where not active and not temporary and wal_status is distinct from 'lost'))[1:10], '{}') as inactive,
         coalesce((array_agg(slot_name::text order by slot_name) filter (where wal_status = 'lost'))[1:10], '{}') as lost,
         (array_agg(slot_name::text order by restart_lsn) filter (where restart_lsn is not null))[1] as worst_slot,
         max(case when restart_lsn > lsn then 0 else pg_wal_lsn_diff(lsn, restart_lsn) end) as retained
    from server left join pg_replication_slots on true
), archiver as (
  select current_setting('archive_mode') <> 'off' and coalesce(last_failed_time > coalesce(last_archived_time, '-infinity'), false) as archiver_failing
    from pg_stat_archiver
), here as (
  select temp_bytes, deadlocks, 100.0 * blks_hit / nullif(blks_hit + blks_read, 0) as hit from pg_stat_database where datname = current_database()
), checkpoints as (
  select query_to_xml(case when current_setting('server_version_num')::int >= 170000
           then 'select num_timed as timed, num_requested as requested from pg_catalog.pg_stat_checkpointer'
           else 'select checkpoints_timed as timed, checkpoints_req as requested from pg_catalog.pg_stat_bgwriter' end, false, false, '')::text as seen
)
select split_part(current_setting('server_version'), ' ', 1) as version, case when standby then 'standby' else 'primary' end as role,
       coalesce((select substr(c, 31)::boolean from pg_db_role_setting s join pg_database d on d.oid = s.setdatabase cross join lateral unnest(s.setconfig) c
           where d.datname = current_database() and s.setrole = 0 and starts_with(c, 'default_transaction_read_only=')),
         (select reset_val = 'on' from pg_settings where name = 'default_transaction_read_only')) as "readOnlyDefault",
       used as "usedSlots", usable as "usableSlots", greatest(usable - used, 0) as "freeSlots",
       round(100.0 * used / greatest(usable, 1), 1)::float8 as "usedSlotsPercent", active, idle_in_transaction as "idleInTransaction",
       oldest_idle::int as "oldestIdleInTransactionSeconds", longest_transaction::int as "longestTransactionSeconds",
       longest_query::int as "longestQuerySeconds", waiting.sessions as "waitingForLocks", waiting.longest::int as "longestLockWaitSeconds",
       prepared.transactions as "preparedTransactions", prepared.oldest::int as "oldestPreparedSeconds",
       frozen.datname::text as "frozenDatabase", frozen.age as "frozenAge",
       round(100.0 * frozen.age / current_setting('autovacuum_freeze_max_age')::int, 1)::float8 as "frozenPercentOfAutovacuum",
       round(100.0 * frozen.age / 2147483648, 2)::float8 as "frozenPercentOfLimit",
       (select round(100.0 * max(mxid_age(datminmxid)) / 2147483648, 2)::float8 from pg_database) as "multixactPercentOfLimit",
       standbys as "streamingStandbys", lag_bytes::float8 as "replayLagBytes", round(lag_seconds::numeric, 1)::float8 as "replayLagSeconds",
       receiving, inactive as "inactiveSlots", lost as "lostSlots", worst_slot as "worstSlot", retained::float8 as "worstSlotRetainedBytes",
       archiver_failing as "archiverFailing",
       case when (select reltuples from pg_class where oid = 'pg_class'::regclass) < 20000::int
            then pg_database_size(current_database())::float8 end as "databaseBytes",
       temp_bytes::float8 as "temporaryBytes", deadlocks::float8 as deadlocks, round(hit, 1)::float8 as "cacheHitPercent",
       substring(checkpoints.seen from '<timed>([0-9]+)<')::float8 as "checkpointsTimed",
       substring(checkpoints.seen from '<requested>([0-9]+)<')::float8 as "checkpointsRequested"
  from server, sessions, waiting, prepared, frozen, followers, own, slots, archiver, here, checkpoints;

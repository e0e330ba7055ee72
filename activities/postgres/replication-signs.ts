import { sql } from '../sql/sql';

/** The newest WAL of this server: written on a primary; received, or at least replayed, on a standby. */
export const LAST_LSN = sql`
  case when pg_is_in_recovery() then greatest(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn()) else pg_current_wal_lsn() end`;

/**
 * Common table expressions `followers`, `own`, `slots` and `archiver`, one row each; they need `server (standby, lsn, now)` before them.
 *
 * Lag is what is not replayed yet, never what is not sent. A standby that has said nothing is as late as its silence is long.
 */
export const REPLICATION_SIGNS = sql`
  own as (
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
  )`;

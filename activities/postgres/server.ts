import { z } from 'zod';
import { TargetName } from '../../workflows/contracts/params';
import { Signs } from '../../workflows/contracts/signs';
import { operation } from '../effects/operation';
import { one } from '../sql/rows';
import { sql } from '../sql/sql';
import { LAST_LSN, REPLICATION_SIGNS } from './replication-signs';

/** Adding up the files of more relations than this can take longer than a quick read may. */
const MAX_RELATIONS = 20_000;

/** What new sessions get: this one has set its own. A pooled session learns of ALTER SYSTEM by itself, of ALTER DATABASE only here. */
const READ_ONLY_DEFAULT = sql`
  coalesce((select substr(c, 31)::boolean from pg_db_role_setting s join pg_database d on d.oid = s.setdatabase cross join lateral unnest(s.setconfig) c
             where d.datname = current_database() and s.setrole = 0 and starts_with(c, 'default_transaction_read_only=')),
           (select reset_val = 'on' from pg_settings where name = 'default_transaction_read_only'))`;

/**
 * The signs by which a database is judged healthy or not, in one quick read of one server, primary or standby.
 *
 * Sessions are client backends other than this one; transactions of walsenders do not count. Checkpoints are read through query_to_xml because
 * they stand in another view from 17 on, and one statement has to parse on all versions. Sources: pg_stat_activity, pg_locks (waitstart),
 * pg_prepared_xacts, pg_database, pg_stat_replication, pg_replication_slots, pg_stat_archiver, pg_stat_database. Procedure srv-health.
 */
export const measureSigns = operation({
  effect: 'read',
  node: 'either',
  input: z.strictObject({ target: TargetName }),
  example: { target: 'orders-eu' },
  answer: one(Signs),
  statement: () => sql`
    with server as (
      select pg_is_in_recovery() as standby, ${LAST_LSN} as lsn, clock_timestamp() as now,
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
    ), ${REPLICATION_SIGNS}, here as (
      select temp_bytes, deadlocks, 100.0 * blks_hit / nullif(blks_hit + blks_read, 0) as hit from pg_stat_database where datname = current_database()
    ), checkpoints as (
      select query_to_xml(case when current_setting('server_version_num')::int >= 170000
               then 'select num_timed as timed, num_requested as requested from pg_catalog.pg_stat_checkpointer'
               else 'select checkpoints_timed as timed, checkpoints_req as requested from pg_catalog.pg_stat_bgwriter' end, false, false, '')::text as seen
    )
    select split_part(current_setting('server_version'), ' ', 1) as version, case when standby then 'standby' else 'primary' end as role,
           ${READ_ONLY_DEFAULT} as "readOnlyDefault",
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
           case when (select reltuples from pg_class where oid = 'pg_class'::regclass) < ${MAX_RELATIONS}::int
                then pg_database_size(current_database())::float8 end as "databaseBytes",
           temp_bytes::float8 as "temporaryBytes", deadlocks::float8 as deadlocks, round(hit, 1)::float8 as "cacheHitPercent",
           substring(checkpoints.seen from '<timed>([0-9]+)<')::float8 as "checkpointsTimed",
           substring(checkpoints.seen from '<requested>([0-9]+)<')::float8 as "checkpointsRequested"
      from server, sessions, waiting, prepared, frozen, followers, own, slots, archiver, here, checkpoints`,
});

/** The server's clock, in milliseconds since 1970: what a flow waits by, because a flow has no clock of its own. Source: clock_timestamp(). */
export const readServerClock = operation({
  effect: 'read',
  node: 'either',
  input: z.strictObject({ target: TargetName }),
  example: { target: 'orders-eu' },
  answer: one(z.object({ at: z.number() })),
  statement: () => sql`select floor(1000 * extract(epoch from clock_timestamp()))::float8 as at`,
});

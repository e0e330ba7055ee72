import { z } from 'zod';
import { one } from '../sql/rows';
import { scrubbedMessage } from '../sql/scrub';
import { sql } from '../sql/sql';
import type { Cluster } from './cluster';

const Receiver = z.object({
  status: z.string(),
  from: z.string(),
  heardSecondsAgo: z.number().nullable(),
  latestEndLsn: z.string().nullable(),
});
const Follower = z.object({
  name: z.string(),
  address: z.string(),
  state: z.string(),
  sync: z.string(),
  /** Bytes of WAL between the primary's position and what the standby has replayed; never from sent_lsn. */
  lagBytes: z.number().nullable(),
  repliedSecondsAgo: z.number().nullable(),
});
const Slot = z.object({
  name: z.string(),
  type: z.string(),
  active: z.boolean(),
  retainedBytes: z.number().nullable(),
  status: z.string().nullable(),
});

const Server = z.object({
  standby: z.boolean(),
  version: z.number(),
  timeline: z.number(),
  lsn: z.string().nullable(),
  replayedLsn: z.string().nullable(),
  paused: z.string(),
  receiver: Receiver.nullable(),
  followers: z.array(Follower),
  slots: z.array(Slot),
  settings: z.record(z.string(), z.string()),
  clients: z.number(),
  preparedTransactions: z.number(),
  longestTransactionSeconds: z.number().nullable(),
  archiverFailing: z.boolean(),
  waitingForArchive: z.number(),
  backupRunning: z.boolean(),
});
export type Server = z.infer<typeof Server>;

/** What one node says of itself, or why it says nothing. */
export interface NodeView {
  readonly name: string;
  readonly address: string;
  readonly server: Server | null;
  readonly why: string | null;
}

const SETTINGS = [
  'cluster_name',
  'max_connections',
  'max_prepared_transactions',
  'max_locks_per_transaction',
  'max_wal_senders',
  'max_worker_processes',
  'max_replication_slots',
  'recovery_min_apply_delay',
  'primary_slot_name',
  'synchronous_standby_names',
  'synchronous_commit',
  'wal_log_hints',
  'data_checksums',
  'archive_mode',
  'wal_receiver_timeout',
  'default_transaction_read_only',
];

/**
 * Sources: pg_stat_wal_receiver, pg_stat_replication, pg_replication_slots, pg_stat_archiver, pg_stat_activity, pg_prepared_xacts,
 * pg_settings (reset_val: what a new session gets; ours set some for themselves), pg_ls_waldir. pg_control_checkpoint() shows the old timeline after a promotion until a checkpoint (on a standby: a
 * restartpoint) has run: a primary's is that of its WAL file's name, a standby's without a receiver that of the file with its position.
 */
const LOOK = sql`
  select r.standby, current_setting('server_version_num')::int as version,
         case when r.standby then coalesce((select received_tli from pg_stat_wal_receiver where received_tli > 0), greatest(p.timeline_id, (
                select max(('x' || left(f.name, 8))::bit(32)::int)
                  from pg_ls_waldir() f, pg_size_bytes(current_setting('wal_segment_size')) segment_bytes,
                       floor((pg_wal_lsn_diff(greatest(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn()), '0/0') - 1) / segment_bytes) segment
                 where f.name ~ '^[0-9A-F]{24}$'
                   and substr(f.name, 9) = upper(lpad(to_hex(div(segment, 4294967296 / segment_bytes)::bigint), 8, '0') || lpad(to_hex(mod(segment, 4294967296 / segment_bytes)::bigint), 8, '0')))))
              else ('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::int end as timeline,
         case when r.standby then greatest(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn()) else pg_current_wal_lsn() end::text as lsn,
         pg_last_wal_replay_lsn()::text as "replayedLsn",
         case when r.standby then pg_get_wal_replay_pause_state() else 'not paused' end as paused,
         (select jsonb_build_object('status', status, 'from', coalesce(sender_host, '') || ':' || coalesce(sender_port, 0),
                                    'heardSecondsAgo', extract(epoch from clock_timestamp() - last_msg_receipt_time)::float8, 'latestEndLsn', latest_end_lsn)
            from pg_stat_wal_receiver) as receiver,
         (select coalesce(jsonb_agg(jsonb_build_object('name', application_name, 'address', coalesce(host(client_addr), 'local'), 'state', state,
                   'sync', sync_state, 'repliedSecondsAgo', extract(epoch from clock_timestamp() - reply_time)::float8,
                   'lagBytes', case when r.standby then null else pg_wal_lsn_diff(pg_current_wal_lsn(), replay_lsn) end) order by application_name), '[]')
            from pg_stat_replication where application_name not like 'pg\\_basebackup%') as followers,
         (select coalesce(jsonb_agg(jsonb_build_object('name', slot_name, 'type', slot_type, 'active', active, 'status', wal_status,
                   'retainedBytes', pg_wal_lsn_diff(case when r.standby then pg_last_wal_replay_lsn() else pg_current_wal_lsn() end, restart_lsn)) order by slot_name), '[]')
            from pg_replication_slots) as slots,
         (select jsonb_object_agg(name, reset_val) from pg_settings where name = any(${SETTINGS})) as settings,
         (select count(*)::int from pg_stat_activity where backend_type = 'client backend' and application_name not like 'rb:%') as clients,
         (select count(*)::int from pg_prepared_xacts) as "preparedTransactions",
         (select extract(epoch from clock_timestamp() - min(xact_start))::int from pg_stat_activity
           where backend_type = 'client backend' and application_name not like 'rb:%' and xact_start is not null) as "longestTransactionSeconds",
         (select coalesce(last_failed_time > coalesce(last_archived_time, '-infinity'), false) from pg_stat_archiver) as "archiverFailing",
         case when current_setting('archive_mode') = 'off' then 0
              else (select count(*)::int from pg_ls_archive_statusdir() where name like '%.ready') end as "waitingForArchive",
         exists (select from pg_stat_activity where backend_type = 'walsender' and application_name like 'pg\\_basebackup%') as "backupRunning"
    from (select pg_is_in_recovery() as standby) r, pg_control_checkpoint() p`;

/** Looks at one node; a node that does not answer is an answer too. */
export async function viewNode(cluster: Cluster, name: string, connectMs = 2_000): Promise<NodeView> {
  const node = cluster.node(name);
  const address = `${node.host}:${node.port}`;
  try {
    const server = await cluster.on(name, { login: 'read', connectMs, statementMs: 3_000 }, async (session) =>
      one(Server).take(await session.query(LOOK)),
    );
    return { name, address, server, why: null };
  } catch (error) {
    return { name, address, server: null, why: scrubbedMessage(error) };
  }
}

/** Looks at all nodes at once. */
export const viewCluster = (cluster: Cluster, connectMs?: number): Promise<NodeView[]> =>
  Promise.all(cluster.nodes.map((node) => viewNode(cluster, node.name, connectMs)));

/** The nodes that accept writes as far as recovery is concerned. */
export const primariesOf = (views: readonly NodeView[]): NodeView[] => views.filter((view) => view.server?.standby === false);

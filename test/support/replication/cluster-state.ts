import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import { clusters, type Cluster } from '../../../activities/replication/cluster';
import { endpointOf } from '../../../activities/replication/endpoints/endpoint-of';
import { controlOf } from '../../../activities/replication/nodes/control-of';
import { registryOf } from '../../../activities/targets/registry';
import { pollUntil } from '../../../scripts/parts/poll-until';
import type { ReplicationWorld } from './replication-world';

/** What a runbook could leave behind on one server. */
export interface NodeState {
  readonly node: string;
  readonly answers: boolean;
  readonly standby: boolean | null;
  readonly timeline: number | null;
  readonly upstreamPort: number | null;
  readonly slots: readonly string[];
  readonly unusedSlots: readonly string[];
  readonly signals: readonly string[];
  /** The lines of postgresql.auto.conf, in the order of their names. */
  readonly alterSystem: readonly string[];
  readonly readOnly: string | null;
}

export interface ClusterState {
  readonly nodes: readonly NodeState[];
  readonly endpoint: { readonly open: string; readonly node: string | null };
}

interface Row {
  standby: boolean;
  timeline: number | null;
  port: number | null;
  slots: string[];
  unused: string[];
  read_only: string;
}

const LOOK = `select pg_is_in_recovery() as standby,
  case when pg_is_in_recovery() then null else ('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::int end as timeline,
  (select sender_port from pg_stat_wal_receiver where status = 'streaming') as port,
  (select coalesce(array_agg(slot_name::text order by slot_name), '{}') from pg_replication_slots) as slots,
  (select coalesce(array_agg(slot_name::text order by slot_name), '{}') from pg_replication_slots where not active) as unused,
  current_setting('default_transaction_read_only') as read_only`;

/** The product's own view of the target's cluster, for looking at its endpoint. */
export const clusterOf = ({ registry }: Pick<ReplicationWorld, 'registry'>, target = 'shop'): Cluster =>
  clusters(registryOf(registry), { endpointOf, controlOf })(target);

/** Settings, slots and signal files of all nodes, their roles and the endpoint, now. */
export async function stateOf(world: ReplicationWorld): Promise<ClusterState> {
  const nodes = await Promise.all(
    world.cluster.nodes.map(async (server): Promise<NodeState> => {
      const { name, dataDirectory } = server;
      const row = await rowOf(server.url());
      const config = join(dataDirectory, 'postgresql.auto.conf');
      return {
        node: name,
        answers: row !== null,
        standby: row?.standby ?? null,
        timeline: row?.timeline ?? null,
        upstreamPort: row?.port ?? null,
        slots: row?.slots ?? [],
        unusedSlots: row?.unused ?? [],
        signals: ['standby.signal', 'recovery.signal'].filter((file) => existsSync(join(dataDirectory, file))),
        alterSystem: readFileSync(config, 'utf8')
          .split('\n')
          .filter((line) => line !== '' && !line.startsWith('#'))
          .sort(),
        readOnly: row?.read_only ?? null,
      };
    }),
  );
  const { open, node } = await clusterOf(world).endpoint.describe();
  return { nodes, endpoint: { open, node } };
}

/** Waits until the state is as expected, standbys reconnecting within seconds; returns the last one seen. */
export async function settledState(world: ReplicationWorld, expected: ClusterState, withinMs = 15_000): Promise<ClusterState> {
  let last = await stateOf(world);
  await pollUntil(
    async () => {
      last = await stateOf(world);
      return JSON.stringify(last) === JSON.stringify(expected);
    },
    withinMs,
    200,
  );
  return last;
}

/** The nodes that take writes by themselves, endpoint or not: primaries whose default is not read-only. */
export const writableNodes = ({ nodes }: ClusterState): string[] =>
  nodes.filter(({ answers, standby, readOnly }) => answers && standby === false && readOnly === 'off').map(({ node }) => node);

/** Why the endpoint must not be as it is, or true: it is closed, or open on the only node that takes writes. */
export function safeEndpoint(world: ReplicationWorld, state: ClusterState): true | string {
  if (state.endpoint.open === 'closed') return true;
  const at = world.cluster.nodes.find(({ port }) => state.endpoint.node === `127.0.0.1:${port}`)?.name;
  const writable = writableNodes(state);
  return writable.length === 1 && writable[0] === at
    ? true
    : `the endpoint is ${state.endpoint.open} on ${at}, and ${writable.join(', ') || 'no node'} takes writes`;
}

async function rowOf(connectionString: string): Promise<Row | null> {
  const client = new Client({ connectionString, connectionTimeoutMillis: 2_000, query_timeout: 2_000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return (await client.query<Row>(LOOK)).rows[0] ?? null;
  } catch {
    return null;
  } finally {
    await client.end().catch(() => undefined);
  }
}

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import { clusterOf } from './cluster-state';
import type { ReplicationWorld } from './replication-world';

/** What a rollback must bring back: settings, slots, signal files, the endpoint. */
export async function clusterState(world: ReplicationWorld): Promise<unknown> {
  const { open, node } = await clusterOf(world).endpoint.describe();
  const nodes = world.cluster.nodes.map(async ({ name, dataDirectory, url }) => ({
    name,
    standbySignal: existsSync(join(dataDirectory, 'standby.signal')),
    settings: await ask(url(), `select name, setting, pending_restart from pg_settings where source = 'configuration file' order by name`),
    slots: await ask(url(), 'select slot_name, slot_type from pg_replication_slots order by 1'),
    autoConf: settingsIn(join(dataDirectory, 'postgresql.auto.conf')),
  }));
  return { endpoint: { open, node }, nodes: await Promise.all(nodes) };
}

/** The rows of a statement, or that the server does not answer. */
export async function ask(connectionString: string, text: string): Promise<object[] | 'no answer'> {
  const client = new Client({ connectionString, connectionTimeoutMillis: 2_000, query_timeout: 5_000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return (await client.query<object>(text)).rows;
  } catch {
    return 'no answer';
  } finally {
    await client.end().catch(() => undefined);
  }
}

// The server writes them in no certain order.
const settingsIn = (file: string): Record<string, string> =>
  Object.fromEntries(
    [...readFileSync(file, 'utf8').matchAll(/^(\w+) = '(.*)'$/gm)].map(([, name, value]): [string, string] => [
      name ?? '',
      (value ?? '').replaceAll("''", "'").split(/\s+/).map(unquoted).sort().join(' '),
    ]),
  );

const unquoted = (part: string): string => part.replace(/='(.*)'$/, '=$1');

/** The position of a server in bytes: written on a primary, received on a standby. */
export async function positionOf(url: string): Promise<number> {
  const rows = await ask(
    url,
    `select pg_wal_lsn_diff(case when pg_is_in_recovery() then greatest(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn())
              else pg_current_wal_lsn() end, '0/0')::float8 as at`,
  );
  if (rows === 'no answer') throw new Error('The server does not answer.');
  return (rows[0] as { at: number }).at;
}

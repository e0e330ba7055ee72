import { Client } from 'pg';
import { connectionOf } from '../targets/connections';
import type { Cluster } from './cluster';

/**
 * Where a primary's timeline left an older one: the WAL position up to which both have the same history; null where the older
 * timeline is none of its ancestors. Source: TIMELINE_HISTORY of the streaming replication protocol (needs REPLICATION).
 */
export async function forkOf(cluster: Cluster, primary: string, timeline: number, older: number): Promise<string | null> {
  const node = cluster.target.nodes.find(({ name }) => name === primary);
  if (!node) return null;
  const config = { ...connectionOf(cluster.target, node, 'control'), connectionTimeoutMillis: 2_000, query_timeout: 5_000, replication: 'database' };
  const client = new Client(config);
  client.on('error', () => undefined);
  try {
    await client.connect();
    const { rows } = await client.query<{ content: Buffer | string }>(`TIMELINE_HISTORY ${Math.trunc(timeline)}`);
    return forkIn(textOf(rows[0]?.content ?? ''), older);
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** The last position of a timeline in the text of a history file (`timeline<TAB>position<TAB>reason`). */
export function forkIn(history: string, timeline: number): string | null {
  for (const line of history.split('\n')) {
    const [number, lsn] = line.trim().split(/\s+/);
    if (Number(number) === timeline && lsn) return lsn;
  }
  return null;
}

/** The protocol sends the file as bytea; clients that parse nothing give its hex. */
function textOf(content: Buffer | string): string {
  if (typeof content !== 'string') return content.toString('utf8');
  return content.startsWith('\\x') ? Buffer.from(content.slice(2), 'hex').toString('utf8') : content;
}

import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from 'pg';
import { appConnection, drop } from './app-connection';

/** What one look through the endpoint has seen. */
export type Sight =
  | { readonly atMs: number; readonly node: string; readonly port: number; readonly standby: boolean; readonly timeline: number | null }
  | { readonly atMs: number; readonly error: string };

export interface EndpointProber {
  /** Ends it and returns what it has seen, in order. */
  stop(): Promise<Sight[]>;
}

interface Row {
  node: string;
  port: number;
  standby: boolean;
  timeline: string | null;
}

const EVERY_MS = 20;
const GIVES_UP_AFTER_MS = 1_000;
// Not from pg_control_checkpoint(): after a promotion it shows the old timeline until a checkpoint has run.
const LOOK = `select current_setting('cluster_name') as node, inet_server_port() as port, pg_is_in_recovery() as standby,
  case when pg_is_in_recovery() then null else left(pg_walfile_name(pg_current_wal_lsn()), 8) end as timeline`;

/** Looks every 20 ms which node answers through the endpoint; a look that takes a second is an error. */
export function startEndpointProber(url: string): EndpointProber {
  const history: Sight[] = [];
  const began = performance.now();
  let [client, stopped]: [Client | undefined, boolean] = [undefined, false];
  const look = async (): Promise<Sight> => {
    try {
      client ??= await appConnection(url, 'prober', GIVES_UP_AFTER_MS);
      const [row] = (await client.query<Row>(LOOK)).rows;
      if (!row) throw new Error('no answer');
      return { ...row, atMs: performance.now() - began, timeline: row.timeline === null ? null : Number.parseInt(row.timeline, 16) };
    } catch (error) {
      drop(client);
      client = undefined;
      return { atMs: performance.now() - began, error: (error as Error).message };
    }
  };
  const live = async (): Promise<void> => {
    while (!stopped) {
      history.push(await look());
      await sleep(EVERY_MS);
    }
  };
  const running = live();
  return {
    stop: async () => {
      stopped = true;
      await running;
      drop(client);
      return history;
    },
  };
}

/** True where the timeline of writable answers never goes back and each timeline is of one node; else what was seen against it. */
export function monotone(history: readonly Sight[]): true | string {
  let last: { readonly node: string; readonly timeline: number; readonly atMs: number } | null = null;
  for (const sight of history) {
    if ('error' in sight || sight.standby || sight.timeline === null) continue;
    const { node, timeline, atMs } = sight;
    const now = `at ${Math.round(atMs)} ms ${node} was writable on timeline ${timeline}`;
    if (last && timeline < last.timeline) return `${now}, after ${last.node} on timeline ${last.timeline}`;
    if (last && timeline === last.timeline && node !== last.node) return `${now}, and so was ${last.node} at ${Math.round(last.atMs)} ms`;
    last = { node, timeline, atMs };
  }
  return true;
}

import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import type { PostgresPart } from '../../scripts/parts/postgres-server';

/** A client session that is left idle, as a leaking pool leaves it. */
export interface IdleClient {
  readonly kind: 'idle' | 'idle in transaction' | 'protected';
  /** How often the server has ended it. */
  ended(): number;
  close(): Promise<void>;
}

/** Opens client sessions of the role `app` and leaves them idle: some plain, some in a transaction, and one of a protected program. */
export async function idleClients(server: PostgresPart, database: string, each: number): Promise<IdleClient[]> {
  const kinds = Array.from({ length: each }, () => ['idle', 'idle in transaction'] as const).flat();
  return Promise.all([...kinds, 'protected' as const].map((kind) => idleClient(server, database, kind)));
}

/** Sessions of a superuser, which nobody ends: they only take slots. Returns how to give the slots back. */
export async function ballast(server: PostgresPart, count: number): Promise<() => Promise<void>> {
  const [watcher, ...clients] = Array.from({ length: count }, () => new Client({ connectionString: server.url(), application_name: 'ballast' }));
  if (!watcher) throw new Error('Ballast of nothing.');
  for (const client of [watcher, ...clients]) client.on('error', () => undefined);
  await Promise.all([watcher, ...clients].map((client) => client.connect()));
  return async () => {
    await Promise.all(clients.map((client) => client.end()));
    // A backend outlives its closed connection for a moment, and its slot is counted until then.
    for (;;) {
      const { rows } = await watcher.query(`select from pg_stat_activity where application_name = 'ballast' and pid <> pg_backend_pid()`);
      if (rows.length === 0) break;
      await sleep(50);
    }
    await watcher.end();
  };
}

async function idleClient({ host, port }: PostgresPart, database: string, kind: IdleClient['kind']): Promise<IdleClient> {
  const application_name = kind === 'protected' ? 'pg_dump' : 'shop-web';
  const client = new Client({ host, port, database, user: 'app', password: 'app', application_name });
  let ended = 0;
  client.on('error', (error) => {
    if ((error as { code?: string }).code === '57P01') ended++;
  });
  await client.connect();
  await client.query(kind === 'idle in transaction' ? 'begin' : 'select 1');
  return { kind, ended: () => ended, close: () => client.end().catch(() => undefined) };
}

import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { appConnection, drop } from './app-connection';

export interface WritersOptions {
  /** Where applications connect, as `app`. */
  readonly url: string;
  /** Four when left out. */
  readonly writers?: number;
  /** Between two writes of a writer; none when left out. */
  readonly pauseMs?: number;
}

export interface Written {
  /** The ids whose commit was acknowledged, in the order of the answers. */
  readonly acknowledged: readonly bigint[];
  /** Statements and connections that failed. A write that failed has an unknown outcome and is not tried again. */
  readonly errors: number;
  /** How often each error was seen. */
  readonly messages: Readonly<Record<string, number>>;
  /** Connections made after an error. */
  readonly reconnects: number;
  /** The longest time without an acknowledged write of any writer, up to the call of `stop`. */
  readonly longestPauseMs: number;
}

/** Applications that keep the list of what the database has promised them. */
export interface AcknowledgedWriters {
  /** How many writes were acknowledged so far. */
  count(): number;
  /** Ends the writers after their current statements; those that hang are dropped after two seconds. */
  stop(): Promise<Written>;
  /** The acknowledged ids that the table on this server does not have. */
  lostOn(url: string): Promise<bigint[]>;
}

const AFTER_ERROR_MS = 20;
const STOPS_TIMEOUT_MS = 2_000;

// Across all writers of this process, so that a table can be used again.
let nextId = BigInt(Date.now()) * 1_000_000n;

/** Starts writers of app.acknowledged, each over its own connection. */
export function startAcknowledgedWriters({ url, writers = 4, pauseMs = 0 }: WritersOptions): AcknowledgedWriters {
  const acknowledged: bigint[] = [];
  const messages: Record<string, number> = {};
  const clients = new Map<number, Client>();
  let [errors, connects, longest, last, stopped] = [0, 0, 0, performance.now(), false];

  const connect = async (writer: number): Promise<Client> => {
    const known = clients.get(writer);
    if (known) return known;
    const client = await appConnection(url, `writer ${writer}`);
    connects++;
    clients.set(writer, client);
    return client;
  };
  const write = async (writer: number): Promise<void> => {
    const client = await connect(writer);
    if (stopped) return drop(client);
    const id = nextId++;
    await client.query('insert into app.acknowledged (id, writer) values ($1, $2)', [String(id), writer]);
    acknowledged.push(id);
    const now = performance.now();
    longest = Math.max(longest, now - last);
    last = now;
  };
  const live = async (writer: number): Promise<void> => {
    while (!stopped) {
      try {
        await write(writer);
        if (pauseMs > 0) await sleep(pauseMs);
      } catch (error) {
        drop(clients.get(writer));
        clients.delete(writer);
        if (stopped) return;
        errors++;
        const { message } = error as Error;
        messages[message] = (messages[message] ?? 0) + 1;
        await sleep(AFTER_ERROR_MS);
      }
    }
  };
  const running = Promise.all(Array.from({ length: writers }, (_, writer) => live(writer)));

  return {
    count: () => acknowledged.length,
    stop: async () => {
      stopped = true;
      longest = Math.max(longest, performance.now() - last);
      await Promise.race([running, sleep(STOPS_TIMEOUT_MS)]);
      for (const client of clients.values()) drop(client);
      const reconnects = Math.max(0, connects - writers);
      return { acknowledged: [...acknowledged], errors, messages, reconnects, longestPauseMs: Math.round(longest) };
    },
    lostOn: async (server) => {
      const there = await idsOn(server);
      return acknowledged.filter((id) => !there.has(id));
    },
  };
}

async function idsOn(connectionString: string): Promise<Set<bigint>> {
  const client = new Client({ connectionString });
  await client.connect();
  const { rows } = await client.query<{ id: string }>('select id::text from app.acknowledged');
  await client.end();
  return new Set(rows.map(({ id }) => BigInt(id)));
}

import { Pool, types, type Client, type PoolConfig, type QueryConfig } from 'pg';
import { cancelRequest } from '../sql/cancel-request';
import { KernelFailure } from '../sql/kernel-failure';
import type { Notice } from '../sql/notices';
import { meaningOf, stateOf } from '../sql/sqlstates';
import { scrubbedMessage } from '../sql/scrub';
import type { Sql } from '../sql/sql';
import { prepare, type Place, type Session, type Sessions, type SessionWanted } from '../sql/session';
import { secret } from './secrets';
import type { Registry, Target } from './registry';

type Node = Target['nodes'][number];

/** How long a node of a target with several is waited for. */
const HANGS_AFTER_MS = 1_500;

// Everything comes as PostgreSQL's own text, but for the types that JSON has: a Date would drop microseconds.
type Parser = (text: string) => unknown;
const AS_TEXT = {
  getTypeParser: (oid: number): Parser => (JSON_SAFE.has(oid) ? (types.getTypeParser(oid) as Parser) : (text) => text),
};
const JSON_SAFE = new Set([16, 21, 23, 114, 700, 701, 1000, 1005, 1007, 1009, 1015, 3802]); // bool, int2, int4, json, float4, float8, arrays of bool, int2, int4, text, varchar; jsonb

/** Sessions on targets over kept connections: one small pool for each node and login, closed by `close`. */
export class TargetSessions implements Sessions {
  private readonly pools = new Map<string, Pool>();

  constructor(private readonly registry: Registry) {}

  async use<T>(wanted: SessionWanted, body: (session: Session, place: Place) => Promise<T>): Promise<T> {
    const target = this.registry.find(wanted.target);
    const { client, node } = await this.connected(target, wanted);
    const notices: Notice[] = [];
    const onNotice = (notice: { severity?: string | undefined; code?: string | undefined; message?: string | undefined }): void => {
      notices.push({ severity: notice.severity ?? '', code: notice.code ?? '', message: notice.message ?? '' });
    };
    const stop = cancelling(client, node, wanted.signal);
    client.on('notice', onNotice);
    const session = sessionOn(client, notices);
    let lost: Error | undefined;
    try {
      await prepare(session, wanted.settings);
      return await body(session, placeOf(target, node, wanted));
    } catch (error) {
      if (meaningOf(error) === 'unknown' || wanted.signal?.aborted) lost = error as Error;
      throw error;
    } finally {
      stop();
      client.removeListener('notice', onNotice);
      (client as unknown as { release(error?: Error): void }).release(lost);
    }
  }

  async close(): Promise<void> {
    const pools = [...this.pools.values()];
    this.pools.clear();
    await Promise.all(pools.map((pool) => pool.end()));
  }

  /** The first node that answers with the wanted role; the reasons of all when none does. */
  private async connected(target: Target, wanted: SessionWanted): Promise<{ client: Client; node: Node }> {
    const failures: { sentence: string; unreachable: boolean }[] = [];
    for (const node of target.nodes) {
      try {
        const client = (await this.pool(target, node, wanted.login).connect()) as unknown as Client;
        if (target.nodes.length === 1) return { client, node };
        const role = await roleInTime(client);
        if (wanted.node === 'either' || role === wanted.node) return { client, node };
        (client as unknown as { release(): void }).release();
        failures.push({ sentence: `${node.name} is no ${wanted.node}`, unreachable: false });
      } catch (error) {
        if (error instanceof KernelFailure) throw error;
        failures.push({
          sentence: `${node.name} (${node.host}:${node.port}): ${unreachable(error, wanted)}`,
          unreachable: meaningOf(error) === 'unknown' || meaningOf(error) === 'retry',
        });
      }
    }
    const retry = failures.some((failure) => failure.unreachable) ? 'soon' : 'never';
    throw new KernelFailure(
      'TargetUnreachable',
      `No connection to ${target.name} as ${wanted.login}: ${failures.map((failure) => failure.sentence).join('; ')}.`,
      retry,
    );
  }

  private pool(target: Target, node: Node, login: SessionWanted['login']): Pool {
    const key = `${target.name}/${node.name}/${login}`;
    const known = this.pools.get(key);
    if (known) return known;
    // Where other nodes can answer, one that hangs must not take their time; the briefing of a run has five seconds.
    const patience = target.nodes.length > 1 ? { connectionTimeoutMillis: HANGS_AFTER_MS } : {};
    const pool = new Pool({
      ...connectionOf(target, node, login),
      ...patience,
      max: target.limits.sessions,
      idleTimeoutMillis: 60_000,
      allowExitOnIdle: true,
    });
    // An idle connection that the server closes must not end the worker; the pool makes a new one.
    pool.on('error', () => undefined);
    // Nor must one that is lost in use: its queries are rejected, and that is where it is dealt with.
    pool.on('connect', (client) => void client.on('error', () => undefined));
    this.pools.set(key, pool);
    return pool;
  }
}

/** How to connect to a node as a login class; throws TargetNotReady when targets.yaml has no such login. */
export function connectionOf(target: Target, node: Node, login: SessionWanted['login']): PoolConfig {
  const as = target.logins[login];
  if (!as)
    throw new KernelFailure(
      'TargetNotReady',
      `targets.yaml has no "${login}" login for ${target.name}; this operation runs as one. Add it, with the grants that "runbook target install ${target.name} --print" shows.`,
    );
  const tls = target.tls ?? (isLoopback(node.host) ? 'off' : 'verify-full');
  return {
    host: node.host,
    port: node.port,
    database: target.database,
    user: as.user,
    ...(as.password ? { password: secret(as.password) } : {}),
    ssl: tls === 'off' ? false : { rejectUnauthorized: tls === 'verify-full' },
    connectionTimeoutMillis: 5_000,
    keepAlive: true,
    application_name: 'rb:connect',
    types: AS_TEXT,
  };
}

export function sessionOn(client: Client, notices: Notice[]): Session {
  return {
    client,
    notices,
    backendPid: (client as unknown as { processID: number }).processID,
    query: async (statement) => (await client.query(extended(statement))).rows as unknown[],
    run: async (statement) => (await client.query(extended(statement))).rowCount,
  };
}

/** Always the extended protocol: it takes one statement, and values never stand in the text. */
const extended = ({ text, values }: Sql): QueryConfig => ({ text, values: [...values], queryMode: 'extended' }) as QueryConfig;

function cancelling(client: Client, node: Node, signal: AbortSignal | undefined): () => void {
  if (!signal) return () => undefined;
  const { processID, secretKey } = client as unknown as { processID: number; secretKey: number };
  const cancel = (): void => void cancelRequest(node, processID, secretKey);
  signal.addEventListener('abort', cancel, { once: true });
  return () => signal.removeEventListener('abort', cancel);
}

const placeOf = (target: Target, node: Node, wanted: SessionWanted): Place => ({
  target: target.name,
  node: node.name,
  address: `${node.host}:${node.port}`,
  login: target.logins[wanted.login]?.user ?? wanted.login,
  expected: target.expects
    ? { systemIdentifier: target.expects.systemIdentifier, database: target.database, dataDirectory: node.dataDirectory ?? null }
    : null,
});

/** The role of a node that may be frozen: a kept connection to it is not refused, and never answers. */
async function roleInTime(client: Client): Promise<'primary' | 'standby'> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`timeout exceeded: no answer within ${HANGS_AFTER_MS} ms`)), HANGS_AFTER_MS);
  });
  const role = roleOf(client);
  role.catch(() => undefined);
  try {
    return await Promise.race([role, late]);
  } catch (error) {
    (client as unknown as { release(error: Error): void }).release(error as Error);
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

async function roleOf(client: Client): Promise<'primary' | 'standby'> {
  const { rows } = await client.query<{ standby: boolean }>('select pg_is_in_recovery() as standby');
  return rows[0]?.standby ? 'standby' : 'primary';
}

const isLoopback = (host: string): boolean => host === 'localhost' || host === '::1' || host.startsWith('127.');

function unreachable(error: unknown, wanted: SessionWanted): string {
  if (stateOf(error) !== '53300') return scrubbedMessage(error);
  return `all connection slots are taken [53300]. On PostgreSQL 16 and later, set reserved_connections and grant pg_use_reserved_connections to the ${wanted.login} login; on 15 and older only a superuser gets in (superuser_reserved_connections)`;
}

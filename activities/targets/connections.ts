import { Pool, types, type Client, type PoolConfig } from 'pg';
import { cancelRequest } from '../sql/cancel-request';
import { KernelFailure } from '../sql/kernel-failure';
import type { Notice } from '../sql/notices';
import { isConnectionLost } from '../sql/sqlstates';
import { STARTUP_OPTIONS, type Place, type Session, type Sessions, type SessionWanted } from '../sql/session';
import { lifeOf } from '../sql/server-life';
import { sessionOn } from '../sql/session-on';
import { chooseNode } from './choose-node';
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
    const { client, node } = await chooseNode(target, wanted, async (one) => await this.pool(target, one, wanted.login).connect());
    const notices: Notice[] = [];
    const onNotice = (notice: { severity?: string | undefined; code?: string | undefined; message?: string | undefined }): void => {
      notices.push({ severity: notice.severity ?? '', code: notice.code ?? '', message: notice.message ?? '' });
    };
    const stop = cancelling(client, node, wanted.signal);
    client.on('notice', onNotice);
    const session = sessionOn(client, notices, wanted.signal);
    let lost: Error | undefined;
    try {
      session.set(wanted.settings);
      return await body(session, { ...placeOf(target, node, wanted), server: await lifeOf(client, node.name) });
    } catch (error) {
      if (isConnectionLost(error) || wanted.signal?.aborted) lost = error as Error;
      throw error;
    } finally {
      stop();
      client.removeListener('notice', onNotice);
      client.release(lost);
    }
  }

  async close(): Promise<void> {
    const pools = [...this.pools.values()];
    this.pools.clear();
    await Promise.all(pools.map((pool) => pool.end()));
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

function loginOf(target: Target, login: SessionWanted['login']): NonNullable<Target['logins'][SessionWanted['login']]> {
  const found = target.logins[login];
  if (found) return found;
  throw new KernelFailure(
    'TargetNotReady',
    `targets.yaml has no "${login}" login for ${target.name}; this operation runs as one. Add it, with the grants that "runbook target install ${target.name} --print" shows.`,
  );
}

/** How to connect to a node as a login class; throws TargetNotReady when targets.yaml has no such login. */
export function connectionOf(target: Target, node: Node, login: SessionWanted['login']): PoolConfig {
  const as = loginOf(target, login);
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
    options: STARTUP_OPTIONS,
    pipeline: true,
    types: AS_TEXT,
  };
}

function cancelling(client: Client, node: Node, signal: AbortSignal | undefined): () => void {
  if (!signal) return () => undefined;
  const { processID, secretKey } = client as unknown as { processID: number; secretKey: number };
  const cancel = (): void => void cancelRequest(node, processID, secretKey);
  signal.addEventListener('abort', cancel, { once: true });
  return () => signal.removeEventListener('abort', cancel);
}

const placeOf = (target: Target, node: Node, wanted: SessionWanted): Omit<Place, 'server'> => ({
  target: target.name,
  node: node.name,
  address: `${node.host}:${node.port}`,
  login: target.logins[wanted.login]?.user ?? wanted.login,
  roleOf: (login) => loginOf(target, login).user,
  expected: target.expects
    ? { systemIdentifier: target.expects.systemIdentifier, database: target.database, dataDirectory: node.dataDirectory ?? null }
    : null,
});

const isLoopback = (host: string): boolean => host === 'localhost' || host === '::1' || host.startsWith('127.');

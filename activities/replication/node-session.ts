import { Client } from 'pg';
import { z } from 'zod';
import { KernelFailure } from '../sql/kernel-failure';
import { one } from '../sql/rows';
import type { Session, SessionWanted } from '../sql/session';
import { sessionOn } from '../sql/session-on';
import { sql } from '../sql/sql';
import { connectionOf } from '../targets/connections';
import type { Target } from '../targets/registry';

export interface NodeSessionWanted {
  readonly login: SessionWanted['login'];
  /** How long to wait for the connection, and for each statement beyond the server's own limit. Default 2 seconds. */
  readonly connectMs?: number;
  /** `statement_timeout`. Default 5 seconds. */
  readonly statementMs?: number;
  readonly applicationName?: string;
}

const Server = z.object({ system_identifier: z.string(), data_directory: z.string().nullable() });
const WHO = sql`
  select c.system_identifier::text as system_identifier,
         case when pg_has_role('pg_read_all_settings', 'usage') then current_setting('data_directory', true) end as data_directory
    from pg_control_system() c`;

/**
 * A fresh session on one node: a kept connection to a server that was stopped and started again would fail once.
 *
 * The server must be the one that targets.yaml describes, in this very session. A server that hangs (stopped by SIGSTOP, a cut
 * network) fails within the time-outs.
 */
export async function nodeSession<T>(
  target: Target,
  node: Target['nodes'][number],
  { login, connectMs = 2_000, statementMs = 5_000, applicationName = 'rb:replication' }: NodeSessionWanted,
  body: (session: Session) => Promise<T>,
): Promise<T> {
  const config = connectionOf(target, node, login);
  const client = new Client({ ...config, connectionTimeoutMillis: connectMs, query_timeout: statementMs + connectMs });
  client.on('error', () => undefined);
  try {
    await client.connect();
    const session = sessionOn(client, []);
    const settings = { applicationName, statementTimeoutMs: statementMs, lockTimeoutMs: 1_000, connectionCheckMs: 1_000 };
    session.set({ ...settings, readOnly: false, searchPath: ['pg_catalog'] });
    await refuseOthers(target, node, session);
    return await body(session);
  } finally {
    // `end` waits for the server, and a frozen one never answers.
    const ended = client.end().catch(() => undefined);
    await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, 300).unref())]);
    (client as unknown as { connection?: { stream?: { destroy(): void } } }).connection?.stream?.destroy();
  }
}

async function refuseOthers(target: Target, node: Target['nodes'][number], session: Session): Promise<void> {
  const server = one(Server).take(await session.query(WHO));
  const wrong = [
    server.system_identifier !== target.expects?.systemIdentifier &&
      `system identifier ${server.system_identifier} instead of ${target.expects?.systemIdentifier ?? 'none'}`,
    server.data_directory !== null &&
      node.dataDirectory !== undefined &&
      server.data_directory !== node.dataDirectory &&
      `data directory ${server.data_directory} instead of ${node.dataDirectory}`,
  ].filter((problem) => problem !== false);
  if (wrong.length)
    throw new KernelFailure(
      'IdentityMismatch',
      `${node.host}:${node.port} is not ${node.name} of ${target.name}: ${wrong.join(', ')}. Nothing was changed.`,
    );
}

import type { Client, QueryResult } from 'pg';
import { runBatch } from './batch';
import type { Notice } from './notices';
import { settingsStatement, type Session, type SessionSettings } from './session';
import { sql, type Sql } from './sql';

/** The settings that a kept connection is known to have. */
const KNOWN = new WeakMap<Client, string>();

/** A session on a connection; once `signal` aborts it sends nothing more, because a cancel request between two statements cancels none. */
export function sessionOn(client: Client, notices: Notice[], signal?: AbortSignal): Session {
  let settings: SessionSettings | null = null;
  let ahead: Sql[] = [];
  let behind: Sql[] = [];
  const send = async (statement: Sql): Promise<QueryResult> => {
    signal?.throwIfAborted();
    const set = settings;
    const batch = [...ahead, statement, ...behind];
    const at = ahead.length;
    [settings, ahead, behind] = [null, [], []];
    // Under a Sync of their own, and so in no transaction that could be rolled back; on the wire both go out at once.
    const [, results] = await Promise.all([set ? applySettings(client, set) : null, runBatch(client, batch)]);
    return results[at] as QueryResult;
  };
  return {
    client,
    notices,
    backendPid: (client as unknown as { processID: number }).processID,
    query: async (statement) => (await send(statement)).rows as unknown[],
    run: async (statement) => (await send(statement)).rowCount,
    set: (wanted) => (settings = KNOWN.get(client) === JSON.stringify(wanted) ? null : wanted),
    ahead: (statement) => void ahead.push(statement),
    behind: (statement) => void behind.push(statement),
    rollBack: async () => {
      [ahead, behind] = [[], []];
      await runBatch(client, [sql`rollback`]).catch(() => undefined);
    },
  };
}

async function applySettings(client: Client, settings: SessionSettings): Promise<void> {
  KNOWN.delete(client);
  await runBatch(client, [settingsStatement(settings)]);
  // Foreign code, for which a search path is widened, may set what it likes.
  if (settings.searchPath.every((schema) => schema === 'pg_catalog')) KNOWN.set(client, JSON.stringify(settings));
}

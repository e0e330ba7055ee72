import { z } from 'zod';
import { shortRunId } from '../effects/attempt';
import { KernelFailure } from '../sql/kernel-failure';
import { one } from '../sql/rows';
import { lookingSettings, type Sessions } from '../sql/session';
import { sql } from '../sql/sql';

const Count = z.object({ live: z.number() });

/** How many sessions of a run are still busy on its target. Source: pg_stat_activity, by application name. */
export async function liveBackends(sessions: Sessions, target: string, firstRunId: string): Promise<number> {
  const on = (node: 'primary' | 'either'): Promise<number> => busyOn(sessions, target, node, firstRunId);
  return on('primary').catch((error: unknown) => {
    // A run on a cluster may have stopped the primary itself; then nothing of it can run there.
    if (!(error instanceof KernelFailure) || error.type !== 'TargetUnreachable') throw error;
    return on('either');
  });
}

function busyOn(sessions: Sessions, target: string, node: 'primary' | 'either', firstRunId: string): Promise<number> {
  const settings = lookingSettings('rb:reconcile');
  return sessions.use({ target, login: 'read', node, settings }, async (session) => {
    const rows = await session.query(sql`
      select count(*)::int as live from pg_stat_activity
       where starts_with(application_name, ${`rb:${shortRunId(firstRunId)}:`}) and state is distinct from 'idle'`);
    return one(Count).take(rows).live;
  });
}

import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import type { StepRef } from '../../workflows/contracts/orders';
import { applicationPrefix } from './attempt';
import { KernelFailure } from '../sql/kernel-failure';
import { many } from '../sql/rows';
import type { Session } from '../sql/session';
import { sql } from '../sql/sql';

const Backend = z.object({ pid: z.number(), backend_start: z.string(), application_name: z.string() });

/** Backends of earlier attempts of this step that still live: killing a worker does not stop its SQL. Source: pg_stat_activity. */
async function earlierAttempts(session: Session, step: StepRef): Promise<z.infer<typeof Backend>[]> {
  const rows = await session.query(sql`
    select pid, backend_start::text as backend_start, application_name
      from pg_stat_activity
     where starts_with(application_name, ${applicationPrefix(step)}) and pid <> pg_backend_pid() and datname = current_database()
       and state is distinct from 'idle'`);
  return many(Backend).take(rows);
}

/** Waits up to 20 seconds for an earlier attempt that still runs; fails, to be tried again, when it does not end. */
export async function awaitEarlierAttempts(session: Session, step: StepRef, signal: AbortSignal): Promise<void> {
  for (let look = 0; look < 80; look++) {
    const running = await earlierAttempts(session, step);
    if (running.length === 0) return;
    await sleep(250, undefined, { signal });
  }
  throw new KernelFailure('OutcomeUnknown', 'An earlier attempt of this step still runs on the server; waiting for it to end.', 'soon');
}

/** Terminates the sessions of earlier attempts, idle ones too, so that none can act late; needs no right beyond being the same login. */
export async function endEarlierAttempts(session: Session, step: StepRef): Promise<void> {
  await session.query(sql`
    select pg_terminate_backend(pid, 5000)
      from pg_stat_activity
     where starts_with(application_name, ${applicationPrefix(step)}) and application_name <> current_setting('application_name')
       and pid <> pg_backend_pid() and datname = current_database() and usename = session_user`);
}

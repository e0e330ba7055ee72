import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { KernelFailure } from '../../sql/kernel-failure';
import type { NodePlace } from './place';
import { lives, lockHolder, serverProcesses } from './server-processes';
import { putStandbySignal } from './standby-signal';

const GONE_WITHIN_MS = 15_000;

/** Kills all processes of the server, frozen ones too, with standby.signal put in place first: whoever starts it again gets a standby. */
export async function fenceServer({ dataDirectory, account, label }: NodePlace): Promise<void> {
  await putStandbySignal(dataDirectory, account);
  const deadline = Date.now() + GONE_WITHIN_MS;
  // Again and again: a service that starts the server anew must not win the race.
  for (let pids = serverProcesses(dataDirectory); pids.length; pids = serverProcesses(dataDirectory)) {
    if (Date.now() > deadline) {
      throw new KernelFailure(
        'NodeStillRuns',
        `The server of ${label} lives on after SIGKILL (processes ${pids.join(', ')}). Power the machine off, then retry.`,
        'soon',
      );
    }
    for (const pid of pids) kill(pid);
    await sleep(20);
  }
  const holder = lockHolder(dataDirectory);
  // It may be another server's process by now; that one would keep this server from starting, not from being fenced.
  if (holder !== null && !lives(holder)) await rm(join(dataDirectory, 'postmaster.pid'), { force: true });
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // Already gone.
  }
}

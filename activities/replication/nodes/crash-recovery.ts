import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readControlData } from './control-data';
import type { NodePlace } from './place';
import { runProgram } from './program';
import { putStandbySignal, removeStandbySignal } from './standby-signal';

// The checkpoint at the end of recovery would else remove the WAL back to the fork, which pg_rewind reads.
const KEEP_WAL = 'wal_keep_size=1000000';

/**
 * Replays the WAL of a server that was not stopped cleanly, in single-user mode, which pg_rewind needs.
 *
 * Single-user mode refuses standby.signal (pg_rewind's own attempt fails on it), so the file is away while it runs; the program holds the lock
 * of the data directory meanwhile, so that nobody can start the server without the file.
 */
export async function recoverFromCrash(place: NodePlace, signal: AbortSignal): Promise<void> {
  const { dataDirectory, bin, account } = place;
  const state = (await readControlData(dataDirectory))?.state;
  if (state === 'shut down' || state === 'shut down in recovery') return;
  const elsewhere = configurationOf(dataDirectory);
  const settings = [KEEP_WAL, ...(elsewhere ? [`config_file=${elsewhere}`] : [])].flatMap((setting) => ['-c', setting]);
  const args = ['--single', '-F', '-D', dataDirectory, ...settings, 'template1'];
  await removeStandbySignal(dataDirectory);
  try {
    await runProgram({ path: join(bin, 'postgres'), args, account, signal });
  } finally {
    await putStandbySignal(dataDirectory, account);
  }
}

/** The configuration file elsewhere that the server was started with last; Debian keeps it in /etc. */
function configurationOf(dataDirectory: string): string | undefined {
  try {
    return /"(?:-c" "|--)config[_-]file=([^"]+)"/.exec(readFileSync(join(dataDirectory, 'postmaster.opts'), 'utf8'))?.[1];
  } catch {
    return undefined;
  }
}

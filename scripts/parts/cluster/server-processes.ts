import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { childrenOf } from '../guarded-process';

/** The process ids of the server of a data directory, whoever started it, with those that outlived their postmaster. */
export function serverProcesses(dataDirectory: string): number[] {
  if (process.platform === 'linux') {
    // Each process of a server works in its data directory.
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name) && workingFolder(name) === dataDirectory)
      .map(Number);
  }
  const pid = postmasterPid(dataDirectory);
  return pid === undefined ? [] : [pid, ...childrenOf(pid)];
}

/** The postmaster's process id as its lock file names it; undefined without the file. */
export function postmasterPid(dataDirectory: string): number | undefined {
  const pid = Number(lockFileLines(dataDirectory)[0]);
  return pid > 0 ? pid : undefined;
}

/** Whether the server accepts connections, as its lock file says. */
export const acceptsConnections = (dataDirectory: string): boolean => lockFileLines(dataDirectory)[7]?.trim() === 'ready';

/** Sends a signal to those that still live. */
export function sendAll(pids: readonly number[], signal: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      process.kill(pid, signal);
    } catch {
      // Already gone.
    }
  }
}

function workingFolder(pid: string): string | undefined {
  try {
    // A dead one that waits to be collected has no working folder any more.
    return readlinkSync(join('/proc', pid, 'cwd'));
  } catch {
    return undefined;
  }
}

function lockFileLines(dataDirectory: string): string[] {
  try {
    return readFileSync(join(dataDirectory, 'postmaster.pid'), 'utf8').split('\n');
  } catch {
    return [];
  }
}

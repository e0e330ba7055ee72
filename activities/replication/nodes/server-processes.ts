import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync, readlinkSync, realpathSync } from 'node:fs';
import { join } from 'node:path';

/** The ids of all living processes of the server on a data directory: postmaster, children, and children that outlived their postmaster. */
export function serverProcesses(dataDirectory: string): number[] {
  if (process.platform === 'linux') return workingIn(dataDirectory);
  const lock = lockHolder(dataDirectory);
  return lock === null ? [] : familyOf(lock);
}

/** The process id in postmaster.pid, whether it lives or not; null without the file. */
export function lockHolder(dataDirectory: string): number | null {
  try {
    const pid = Math.abs(Number(readFileSync(join(dataDirectory, 'postmaster.pid'), 'utf8').split('\n')[0]));
    return Number.isSafeInteger(pid) && pid > 0 ? pid : null;
  } catch {
    return null;
  }
}

/** Whether a process lives: one that only waits to be collected by its parent holds nothing any more. */
export function lives(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
  try {
    return !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return process.platform !== 'linux';
  }
}

// Every process of PostgreSQL works in its data directory; a recycled number of an old postmaster.pid does not.
function workingIn(dataDirectory: string): number[] {
  let real: string;
  try {
    real = realpathSync(dataDirectory);
  } catch {
    return [];
  }
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        // Name and state stand around the last bracket. A zombie holds nothing any more.
        const [, name, state] = /^\d+ \((.*)\) (\S)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8')) ?? [];
        return (name === 'postgres' || name === 'postmaster') && !/[ZX]/.test(state ?? '') && readlinkSync(`/proc/${pid}/cwd`) === real;
      } catch {
        return false;
      }
    });
}

function familyOf(postmaster: number): number[] {
  const rows = execFileSync('ps', ['-A', '-o', 'pid=,ppid=,stat=,comm='], { encoding: 'utf8' })
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(([, , stat, command]) => !stat?.startsWith('Z') && /postgres|postmaster/.test(command ?? ''))
    .map(([pid, parent]) => ({ pid: Number(pid), parent: Number(parent) }));
  return rows.filter(({ pid, parent }) => pid === postmaster || parent === postmaster).map(({ pid }) => pid);
}

import { readFile, rm, writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { KernelFailure } from '../../sql/kernel-failure';

export interface FileLockOptions {
  /** How long to wait for another holder, in milliseconds. Default 10 seconds. */
  readonly timeoutMs?: number;
  /** Told once when another process holds it. */
  readonly onWait?: () => void;
}

/**
 * Runs the work while no other process of this machine holds `<file>.lock`; a dead holder's lock is taken over. Throws PreconditionUnmet
 * where the holder does not let go in time, and CapabilityAbsent where the lock cannot be written.
 */
export async function withFileLock<T>(file: string, work: () => Promise<T>, { timeoutMs = 10_000, onWait }: FileLockOptions = {}): Promise<T> {
  const lock = `${file}.lock`;
  const deadline = Date.now() + timeoutMs;
  let waiting = false;
  while (!(await takeLock(lock))) {
    if (!waiting) onWait?.();
    waiting = true;
    const holder = await holderOf(lock);
    if (holder > 0 && !isAlive(holder)) await rm(lock, { force: true });
    else if (Date.now() > deadline) {
      throw new KernelFailure(
        'PreconditionUnmet',
        `Process ${holder || 'unknown'} holds ${lock}. Retry when it is done; remove the file if there is no such process.`,
        'soon',
      );
    } else await sleep(50);
  }
  try {
    return await work();
  } finally {
    await rm(lock, { force: true });
  }
}

async function takeLock(lock: string): Promise<boolean> {
  try {
    await writeFile(lock, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw new KernelFailure('CapabilityAbsent', `This worker cannot write beside ${lock.replace(/\.lock$/, '')}: ${(error as Error).message}.`);
  }
}

// An empty file belongs to a process that is just about to write its number.
const holderOf = async (lock: string): Promise<number> => Number(await readFile(lock, 'utf8').catch(() => '0')) || 0;

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

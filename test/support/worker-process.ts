import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { killAtExit } from '../../scripts/parts/processes';
import type { CrashNews, CrashOrders, CrashRule } from './crash-rule';
import { BOOT } from './typescript-boot';

/** A real worker in a process of its own, to be killed. */
export interface WorkerProcess {
  readonly pid: number;
  /** Waits until the process has killed itself at its rules; fails with the rules that nothing has reached. */
  died(): Promise<void>;
  /** kill -9 from outside. */
  kill(): Promise<void>;
}

const DIES_TIMEOUT_MS = 120_000;

/** Starts a worker process and resolves when it is ready to poll. */
export async function startWorkerProcess(orders: CrashOrders): Promise<WorkerProcess> {
  const root = join(__dirname, '../..');
  const child = spawn(process.execPath, ['-e', BOOT, join(__dirname, 'crash-entry.ts')], {
    cwd: root,
    env: process.env,
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const forget = killAtExit(() => child.kill('SIGKILL'));
  const exited = once(child, 'exit').finally(forget);
  const missing = new Set(orders.rules.map(nameOf));
  const ready = new Promise<void>((resolve, reject) => {
    child.on('message', (news: CrashNews) => ('ready' in news ? resolve() : missing.delete(nameOf(news.reached))));
    child.once('exit', (code, signal) => reject(new Error(`The worker process ended with ${signal ?? code} before it was ready.`)));
  });
  child.send(orders);
  await ready;
  return {
    pid: child.pid ?? 0,
    died: async () => {
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<never>((_, reject) => {
        timer = setTimeout(() => reject(new Error(`Not reached: ${[...missing].join('; ')}`)), DIES_TIMEOUT_MS);
      });
      await Promise.race([exited, late]).finally(() => clearTimeout(timer));
      if (child.signalCode !== 'SIGKILL') throw new Error(`The worker process ended with code ${child.exitCode}, not by its own kill.`);
    },
    kill: async () => {
      child.kill('SIGKILL');
      await exited;
    },
  };
}

const nameOf = ({ run, operation, kind = 'write', stage }: CrashRule): string => `${run}: ${kind} ${operation} ${stage}`;

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { killAtExit } from '../../scripts/parts/processes';
import type { GatewayOrders } from './gateway-entry';
import { BOOT } from './typescript-boot';

/** A real gateway in a process of its own, loaded and waiting for its orders. */
export interface GatewayProcess {
  /** Begins to serve; resolves when it listens. One that dies before it listens only rejects when it was not to be killed. */
  serve(orders: GatewayOrders): Promise<void>;
  /** Resolves with the signal or code by which it has ended. */
  readonly ended: Promise<string>;
  kill(): Promise<void>;
}

/** Starts a process that has loaded the gateway and does nothing yet: the next one is ready when the one before it dies. */
export function loadGatewayProcess(): GatewayProcess {
  const child = spawn(process.execPath, ['-e', BOOT, join(__dirname, 'gateway-entry.ts')], {
    cwd: join(__dirname, '../..'),
    env: process.env,
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const forget = killAtExit(() => child.kill('SIGKILL'));
  const ended = once(child, 'exit').then(([code, signal]) => (forget(), String(signal ?? code)));
  return {
    ended,
    serve: async (orders) => {
      const ready = new Promise<void>((resolve, reject) => {
        child.on('message', (news: { ready?: true }) => news.ready && resolve());
        void ended.then((how) => (orders.kill ? resolve() : reject(new Error(`The gateway process ended with ${how} before it listened.`))));
      });
      child.send(orders);
      await ready;
    },
    kill: async () => {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

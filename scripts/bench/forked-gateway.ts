import { execFileSync, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { killAtExit } from '../parts/processes';

/** The product's gateway in a process of its own. */
export interface ForkedGateway {
  readonly url: string;
  /** What the operating system says that it holds, in MiB. */
  residentMb(): number;
  stop(): Promise<void>;
}

export async function forkGateway(variables: Readonly<Record<string, string>>): Promise<ForkedGateway> {
  const child = fork(join(__dirname, '../../workers/gateway/main.js'), {
    env: { ...process.env, ...variables, RUNBOOKS_GATEWAY_PORT: '0' },
    // What it logs is counted by its metrics, too.
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  const forget = killAtExit(() => child.kill('SIGKILL'));
  const exited = once(child, 'exit').finally(forget);
  const ready = once(child, 'message').then(([message]) => (message as { ready: string }).ready);
  const url = await Promise.race([ready, exited.then(() => null)]);
  if (url === null) throw new Error('The gateway process ended before it was ready.');
  return {
    url,
    residentMb: () => Math.round(Number(execFileSync('ps', ['-o', 'rss=', '-p', String(child.pid)], { encoding: 'utf8' })) / 1_024),
    stop: async () => {
      child.kill('SIGTERM');
      await exited;
    },
  };
}

import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { killAtExit } from '../parts/processes';
import type { Memory } from './memory-probe';
import { TASK_QUEUE, type Namespace, type Setting } from './setting';
import type { WorkerOrder } from './worker-process';

const READY_TIMEOUT_MS = 60_000;

/** A worker in a process of its own. */
export interface ForkedWorker {
  readonly pid: number;
  /** As a crash does: kill -9. */
  kill(): Promise<void>;
  memory(): Promise<Memory>;
}

export async function forkWorker(setting: Setting, namespace: Namespace): Promise<ForkedWorker> {
  const { address, targetsFile, workflows, bundle, controlUrl } = setting;
  const order: WorkerOrder = {
    address,
    namespace,
    taskQueue: TASK_QUEUE,
    targetsFile,
    workflows,
    bundle,
    ...(controlUrl === undefined ? {} : { controlUrl }),
  };
  const child = fork(require.resolve('./worker-process'), [JSON.stringify(order)], {
    execArgv: ['--expose-gc', '--require', require.resolve('./memory-probe')],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const forget = killAtExit(() => child.kill('SIGKILL'));
  const { pid } = child;
  if (pid === undefined) throw new Error('The worker process did not start.');
  await messageOf(child);
  return {
    pid,
    kill: async () => {
      forget();
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
    },
    memory: async () => {
      const answer = messageOf(child);
      child.send('memory');
      return (await answer) as Memory;
    },
  };
}

async function messageOf(child: ChildProcess): Promise<unknown> {
  const ended = new AbortController();
  const timer = setTimeout(() => ended.abort(new Error('The worker process did not answer in time.')), READY_TIMEOUT_MS);
  const onExit = (): void => ended.abort(new Error('The worker process ended too early.'));
  child.once('exit', onExit);
  try {
    return ((await once(child, 'message', { signal: ended.signal })) as unknown[])[0];
  } catch (error) {
    throw ended.signal.reason ?? error;
  } finally {
    clearTimeout(timer);
    child.off('exit', onExit);
  }
}

import { fork, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { projectRoot } from '../parts/project-root';

/** The demo's worker: a process of its own, so that one can kill it and watch a run go on. */
export async function startWorker(variables: Record<string, string>): Promise<ChildProcess> {
  const worker = fork(join(projectRoot(), 'dist/workers/worker/main.js'), {
    env: { ...process.env, ...variables },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  await new Promise<void>((resolve, reject) => {
    worker.once('message', () => resolve());
    worker.once('exit', (code) => reject(new Error(`The worker ended at once (exit ${code ?? 'by a signal'}); its message stands above.`)));
  });
  return worker;
}

/** Starts the worker again whenever it dies, as a service manager would; returns how to stop it for good. */
export async function keepWorker(variables: Record<string, string>, say: (line: string) => void): Promise<() => Promise<void>> {
  let stopping = false;
  let worker = await startWorker(variables);
  const watch = (): void => {
    worker.once('exit', () => {
      if (stopping) return;
      say('the worker died; starting another (open runs go on where they stood)');
      void startWorker(variables).then((next) => {
        worker = next;
        watch();
      });
    });
  };
  watch();
  say(`worker        process ${worker.pid ?? ''} (kill -9 it in the middle of a run and watch)`);
  return async () => {
    stopping = true;
    if (worker.exitCode !== null) return;
    const ended = new Promise((resolve) => worker.once('exit', resolve));
    worker.kill('SIGTERM');
    const force = setTimeout(() => worker.kill('SIGKILL'), 10_000);
    await ended;
    clearTimeout(force);
  };
}

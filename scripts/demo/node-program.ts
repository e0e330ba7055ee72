import { fork, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { killAtExit } from '../parts/processes';
import { projectRoot } from '../parts/project-root';
import { watch } from '../parts/watchdog';

const STOP_TIMEOUT_MS = 10_000;

/** Starts one of the project's own programs, such as `workers/worker/main`, and waits until it says that it is ready. It never outlives this process. */
export async function startProgram(program: string, variables: Record<string, string>): Promise<ChildProcess> {
  const child = fork(join(projectRoot(), 'dist', `${program}.js`), {
    env: { ...process.env, ...variables },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const callOff = child.pid === undefined ? () => undefined : watch(child.pid, 'TERM');
  const forget = killAtExit(() => void child.kill('SIGKILL'));
  child.once('exit', () => {
    callOff();
    forget();
  });
  await new Promise<void>((resolve, reject) => {
    child.once('message', () => resolve());
    child.once('exit', (code) => reject(new Error(`${program} ended at once (exit ${code ?? 'by a signal'}); its message stands above.`)));
  });
  return child;
}

/** Asks a program to end, and makes it end where it does not in 10 seconds. */
export async function stopProgram(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  const force = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
  await ended;
  clearTimeout(force);
}

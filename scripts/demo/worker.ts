import { startProgram, stopProgram } from './node-program';

const WORKER = 'workers/worker/main';

/** Runs the worker as a process of its own, and starts it again whenever it dies, as a service manager would; returns how to stop it. */
export async function keepWorker(variables: Record<string, string>, say: (line: string) => void): Promise<() => Promise<void>> {
  let stopping = false;
  let worker = await startProgram(WORKER, variables);
  const keep = (): void => {
    worker.once('exit', () => {
      if (stopping) return;
      say('the worker died; starting another (open runs go on where they stood)');
      startProgram(WORKER, variables).then(
        (next) => {
          worker = next;
          if (stopping) void stopProgram(next);
          else keep();
        },
        (error: unknown) => say(String(error)),
      );
    });
  };
  keep();
  say(`worker        process ${worker.pid ?? ''} (kill -9 it in the middle of a run and watch)`);
  return () => {
    stopping = true;
    return stopProgram(worker);
  };
}

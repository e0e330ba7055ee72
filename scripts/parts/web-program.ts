import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { startGuarded } from './guarded-process';
import { pollUntil } from './poll-until';
import { onExit } from './processes';

/** How to start a program that serves HTTP. */
export interface WebProgramOptions {
  /** Its name in messages. */
  readonly name: string;
  readonly program: string | null;
  /** What to install where it is missing. */
  readonly package: string;
  readonly args: readonly string[];
  readonly folder: string;
  /** Answers 200 when the program is ready. */
  readonly ready: string;
  readonly env?: NodeJS.ProcessEnv;
  /** Told when it ends and nobody asked for that. */
  readonly say?: (line: string) => void;
}

/** A running program that never outlives this process. */
export interface WebProgram {
  readonly pid: number;
  stop(): Promise<void>;
}

const READY_TIMEOUT_MS = 30_000;

/** Starts a program and returns when it is ready; throws where it is missing, ends, or does not become ready within 30 seconds. */
export async function startWebProgram(options: WebProgramOptions): Promise<WebProgram> {
  const { name, program, folder } = options;
  if (program === null) throw new Error(`no ${name} in PATH: install the package ${options.package}`);
  mkdirSync(folder, { recursive: true });
  let ready = false;
  const child = await startGuarded({
    name,
    command: program,
    args: [...options.args],
    logFile: join(folder, 'log'),
    stopSignal: 'TERM',
    cwd: folder,
    ...(options.env ? { env: options.env } : {}),
    onSurprise: (line) => {
      if (ready) (options.say ?? console.error)(line);
    },
  });
  const stop = async (): Promise<void> => {
    forget();
    child.expectEnd();
    child.signal('SIGTERM');
    if (await child.ended(5_000)) return;
    child.signal('SIGKILL');
    await child.ended(5_000);
  };
  const forget = onExit(stop);
  const state = await pollUntil(async () => child.ending() ?? ((await answers(options.ready)) && 'ready'), READY_TIMEOUT_MS, 50);
  ready = state === 'ready';
  if (!ready) {
    await stop();
    throw new Error(`${name} did not start (${state ?? 'it did not become ready in time'}); its last lines:\n${child.logTail()}`);
  }
  return { pid: child.pid, stop };
}

const answers = (url: string): Promise<boolean> =>
  fetch(url, { signal: AbortSignal.timeout(1_000) }).then(
    ({ ok }) => ok,
    () => false,
  );

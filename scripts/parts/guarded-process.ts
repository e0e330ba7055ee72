import { execFileSync, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { pollUntil } from './poll-until';
import { killAtExit } from './processes';
import { watch } from './watchdog';

/** A child process that never outlives this one. */
export interface GuardedProcess {
  readonly pid: number;
  /** Undefined while it runs, then for example "code 1" or "signal SIGKILL". */
  ending(): string | undefined;
  signal(name: NodeJS.Signals): void;
  /** Whether it ended within the time. */
  ended(withinMs: number): Promise<boolean>;
  /** From now on an end is expected and not reported. */
  expectEnd(): void;
  logTail(lines?: number): string;
}

/** How to start a guarded process. */
export interface GuardedOptions {
  name: string;
  command: string;
  args: string[];
  logFile: string;
  /** The signal that ends it at once but cleanly. */
  stopSignal: 'QUIT' | 'TERM';
  cwd?: string;
  env?: NodeJS.ProcessEnv;
  user?: { uid: number; gid: number };
  /** Told when it ends and nobody asked for that. */
  onSurprise?: (line: string) => void;
}

/** The ids of the direct children of a process. */
export function childrenOf(pid: number): number[] {
  try {
    return numbers(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8'));
  } catch {
    try {
      return numbers(execFileSync('pgrep', ['-P', String(pid)], { encoding: 'utf8' }));
    } catch {
      return [];
    }
  }
}

function numbers(text: string): number[] {
  return text.split(/\s+/).filter(Boolean).map(Number);
}

function tail(file: string, lines: number): string {
  try {
    return readFileSync(file, 'utf8').trimEnd().split('\n').slice(-lines).join('\n');
  } catch {
    return '';
  }
}

/** Starts a process in a session of its own, so that Ctrl-C reaches only us, with a watchdog beside it. */
export async function startGuarded(options: GuardedOptions): Promise<GuardedProcess> {
  const log = openSync(options.logFile, 'a', 0o600);
  const child = spawn(options.command, options.args, {
    detached: true,
    stdio: ['ignore', log, log],
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    ...(options.env === undefined ? {} : { env: options.env }),
    ...options.user,
  });
  closeSync(log);
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', (error) => reject(new Error(`${options.name} cannot be started: ${error.message}`)));
  });
  const pid = child.pid as number;
  const callOff = watch(pid, options.stopSignal);
  const forget = killAtExit(() => void child.kill(`SIG${options.stopSignal}`));
  let ending: string | undefined;
  let expected = false;
  child.once('exit', (code, signal) => {
    ending = signal === null ? `code ${code}` : `signal ${signal}`;
    callOff();
    forget();
    if (expected) return;
    options.onSurprise?.(`${options.name} ended unexpectedly with ${ending}; last lines of ${options.logFile}:\n${tail(options.logFile, 12)}`);
  });
  // A script that forgets to stop it can still come to its end, which stops it.
  child.unref();
  return {
    pid,
    ending: () => ending,
    signal: (name) => void child.kill(name),
    ended: async (withinMs) => (await pollUntil(() => ending, withinMs, 10)) !== undefined,
    expectEnd: () => {
      expected = true;
    },
    logTail: (lines = 12) => tail(options.logFile, lines),
  };
}

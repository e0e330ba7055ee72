import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { childrenOf, type GuardedProcess, startGuarded } from './guarded-process';
import { pollUntil } from './poll-until';
import type { Account } from './postgres-account';

/** What a postmaster is started with, each time. */
export interface PostmasterOptions {
  name: string;
  program: string;
  dataDirectory: string;
  port: number;
  logFile: string;
  account: Account | undefined;
  say: (line: string) => void;
}

const START_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 20_000;

/** Whether a process still runs. */
export function isThere(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  try {
    // A dead one may wait long for a slow init to collect it, but it holds nothing any more.
    return !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return process.platform !== 'linux';
  }
}

function sendAll(pids: number[], signal: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      process.kill(pid, signal);
    } catch {
      // Already gone.
    }
  }
}

/** Starts, stops and crashes one PostgreSQL server on one data directory. */
export class Postmaster {
  private running: GuardedProcess | undefined;

  constructor(private readonly options: PostmasterOptions) {}

  get pid(): number | undefined {
    return this.running?.ending() === undefined ? this.running?.pid : undefined;
  }

  async start(): Promise<void> {
    const { name, program, dataDirectory, port, logFile, account, say } = this.options;
    let ready = false;
    const child = await startGuarded({
      name,
      command: program,
      args: ['-D', dataDirectory, '-p', String(port)],
      logFile,
      stopSignal: 'QUIT',
      cwd: dirname(program),
      // Settings of the caller's own servers must not reach this one.
      env: { PATH: process.env['PATH'] ?? '', LC_ALL: 'C', TZ: 'UTC' },
      onSurprise: (line) => {
        if (ready) say(line);
      },
      ...(account === undefined ? {} : { user: account }),
    });
    this.running = child;
    const state = await pollUntil(() => child.ending() ?? this.readyState(child.pid), START_TIMEOUT_MS);
    ready = state === 'ready' || state === 'standby';
    if (ready) return;
    child.expectEnd();
    child.signal('SIGQUIT');
    throw new Error(`${name} did not start (${state ?? 'not ready in time'}); last lines of ${logFile}:\n${child.logTail()}`);
  }

  /** A line of postmaster.pid tells when connections are accepted, so nobody has to log in to find out. */
  private readyState(pid: number): string | undefined {
    try {
      const lines = readFileSync(join(this.options.dataDirectory, 'postmaster.pid'), 'utf8').split('\n');
      const state = lines[7]?.trim();
      return Number(lines[0]) === pid && (state === 'ready' || state === 'standby') ? state : undefined;
    } catch {
      return undefined;
    }
  }

  reload(): void {
    if (this.pid !== undefined) this.running?.signal('SIGHUP');
  }

  async stop(mode: 'fast' | 'immediate'): Promise<void> {
    const pid = this.pid;
    if (pid === undefined || this.running === undefined) return;
    this.running.expectEnd();
    // A frozen server would not notice.
    sendAll([pid, ...childrenOf(pid)], 'SIGCONT');
    this.running.signal(mode === 'fast' ? 'SIGINT' : 'SIGQUIT');
    if (await this.running.ended(STOP_TIMEOUT_MS)) return;
    this.running.signal('SIGQUIT');
    if (!(await this.running.ended(6_000))) await this.kill();
  }

  async kill(): Promise<void> {
    const pid = this.pid;
    if (pid === undefined || this.running === undefined) return;
    this.running.expectEnd();
    const children = childrenOf(pid);
    sendAll([pid, ...children], 'SIGKILL');
    // The next start is refused for as long as one of them is attached to the shared memory.
    const gone = await pollUntil(() => this.pid === undefined && !children.some(isThere), 10_000, 10);
    if (!gone) throw new Error(`${this.options.name} survived kill -9`);
  }
}

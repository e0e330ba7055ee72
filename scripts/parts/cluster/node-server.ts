import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { pollUntil } from '../poll-until';
import type { Account } from '../postgres-account';
import { type PostgresSettings, writeSettings } from '../postgres-settings';
import { acceptsConnections, postmasterPid, sendAll, serverProcesses } from './server-processes';

const START_TIMEOUT_MS = 30_000;
const GONE_TIMEOUT_MS = 10_000;

/** The server of one data directory as anybody may start and stop it: an ordinary `pg_ctl start`, no child of this process. */
export class NodeServer {
  constructor(
    readonly name: string,
    readonly dataDirectory: string,
    readonly logFile: string,
    private readonly bin: string,
    private readonly account: Account | undefined,
  ) {}

  /** Starts it and returns when it accepts connections; throws with the end of its log. */
  async start(): Promise<void> {
    // A killed postmaster that init has not collected yet makes pg_ctl's server say that another one is running.
    await pollUntil(() => !isKnown(postmasterPid(this.dataDirectory)), GONE_TIMEOUT_MS);
    const args = ['start', '-W', '-s', '-D', this.dataDirectory, '-l', this.logFile];
    // Settings of the caller's own servers must not reach this one.
    const env = { PATH: process.env['PATH'] ?? '', LC_ALL: 'C', TZ: 'UTC' };
    await promisify(execFile)(join(this.bin, 'pg_ctl'), args, { cwd: '/', env, ...this.account });
    const ready = await pollUntil(() => this.postmaster().length > 0 && acceptsConnections(this.dataDirectory), START_TIMEOUT_MS);
    if (!ready) throw new Error(`${this.name} did not start within ${START_TIMEOUT_MS / 1000} s; last lines of ${this.logFile}:\n${this.logTail()}`);
  }

  /** Writes settings into the node's own file and reloads; some need a restart as well. */
  set(settings: PostgresSettings): void {
    writeSettings(this.dataDirectory, settings);
    sendAll(this.postmaster(), 'SIGHUP');
  }

  /** As a machine that goes away: nothing of the server is left, and nothing was cleaned up. */
  async kill9(): Promise<void> {
    // The postmaster first, so that it forks no other.
    sendAll(this.postmaster(), 'SIGKILL');
    const gone = await pollUntil(() => {
      const left = serverProcesses(this.dataDirectory);
      sendAll(left, 'SIGKILL');
      return left.length === 0;
    }, GONE_TIMEOUT_MS);
    if (!gone) throw new Error(`${this.name} survived kill -9`);
  }

  /** Stops every process where it is; connections to it hang. */
  freeze(): void {
    sendAll(this.postmaster(), 'SIGSTOP');
    sendAll(serverProcesses(this.dataDirectory), 'SIGSTOP');
  }

  /** Lets every process go on, as if no time had passed. */
  thaw(): void {
    sendAll(serverProcesses(this.dataDirectory), 'SIGCONT');
  }

  /** Ends it at once, frozen or not, leaving no shared memory behind. */
  async end(): Promise<void> {
    this.thaw();
    sendAll(this.postmaster(), 'SIGQUIT');
    if (!(await pollUntil(() => serverProcesses(this.dataDirectory).length === 0, 2_000))) await this.kill9();
  }

  // The number in an old lock file can be another process by now.
  private postmaster(): number[] {
    const pid = postmasterPid(this.dataDirectory);
    return pid !== undefined && serverProcesses(this.dataDirectory).includes(pid) ? [pid] : [];
  }

  private logTail(): string {
    return existsSync(this.logFile) ? readFileSync(this.logFile, 'utf8').trimEnd().split('\n').slice(-12).join('\n') : '';
  }
}

function isKnown(pid: number | undefined): boolean {
  if (pid === undefined) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

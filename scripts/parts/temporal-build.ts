import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { withFileLock } from '../../activities/replication/endpoints/file-lock';
import { startGuarded } from './guarded-process';
import { pollUntil } from './poll-until';
import { projectRoot } from './project-root';

const PROGRAM = 'github.com/temporalio/cli/cmd/temporal';
const BUILD_TIMEOUT_MS = 60 * 60_000;

function requireGo(): void {
  let version = 'no Go at all';
  try {
    version = execFileSync('go', ['version'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    // Told below.
  }
  const [, major, minor] = /go(\d+)\.(\d+)/.exec(version) ?? [];
  // From 1.21 on, Go fetches the newer version that go.mod asks for by itself.
  if (Number(major) > 1 || (Number(major) === 1 && Number(minor) >= 21)) return;
  throw new Error(
    `no Temporal server found, downloads are refused, and it cannot be built (found ${version}). Do one of these: ` +
      'set TEMPORAL_ADDRESS to a running server; put the command-line program "temporal" on PATH; ' +
      'set TEMPORAL_CLI_PATH to it; install Go 1.26 or newer, so that it can be built once.',
  );
}

function describeElapsed(since: number): string {
  const seconds = Math.round((Date.now() - since) / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}

function showProgress(since: number, say: (line: string) => void): () => void {
  const terminal = process.stderr.isTTY;
  const timer = setInterval(
    () => {
      if (terminal) process.stderr.write(`\rbuilding the Temporal server, ${describeElapsed(since)} `);
      else say(`building the Temporal server, ${describeElapsed(since)}`);
    },
    terminal ? 1_000 : 10_000,
  );
  return () => {
    clearInterval(timer);
    if (terminal) process.stderr.write('\r\u001b[K');
  };
}

async function build(target: string, version: string, say: (line: string) => void): Promise<void> {
  const since = Date.now();
  const unfinished = `${target}.${process.pid}`;
  const flags = `-s -w -X github.com/temporalio/cli/internal/temporalcli.Version=${version}`;
  const go = await startGuarded({
    name: 'the build of the Temporal server',
    command: 'go',
    args: ['build', '-ldflags', flags, '-o', unfinished, PROGRAM],
    cwd: join(projectRoot(), 'scripts', 'temporal-server'),
    logFile: join(dirname(target), 'build.log'),
    stopSignal: 'TERM',
  });
  const done = showProgress(since, say);
  try {
    const ending = await pollUntil(() => go.ending(), BUILD_TIMEOUT_MS, 200);
    if (ending !== 'code 0') throw new Error(`the Temporal server could not be built (${ending ?? 'took over an hour'}):\n${go.logTail(20)}`);
    renameSync(unfinished, target);
  } finally {
    done();
    go.signal('SIGTERM');
    rmSync(unfinished, { force: true });
  }
  say(`built the Temporal server in ${describeElapsed(since)} as ${target}`);
}

/** Builds the program from its Go modules, once for all processes. */
export async function buildTemporal(target: string, version: string, say: (line: string) => void): Promise<void> {
  requireGo();
  mkdirSync(dirname(target), { recursive: true });
  await withFileLock(
    target,
    async () => {
      if (existsSync(target)) return;
      say(`no Temporal server found and downloads are refused; building version ${version} once, about 8 minutes on two cores`);
      await build(target, version, say);
    },
    { timeoutMs: BUILD_TIMEOUT_MS, onWait: () => say('another process is building the Temporal server; waiting for it') },
  );
}

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { KernelFailure } from '../../sql/kernel-failure';
import { lastLines, runProgram } from './program';
import type { NodePlace } from './place';
import { logOf, logSince, preparedLog } from './server-log';
import { lockHolder, serverProcesses } from './server-processes';

const LOOK_EVERY_MS = 100;

/** Starts the server as it was started last, and returns when it accepts connections; throws ProgramFailed with the end of its log. */
export async function startServer({ dataDirectory, bin, account, label }: NodePlace, withinMs: number, signal: AbortSignal): Promise<void> {
  const deadline = Date.now() + withinMs;
  const log = logOf(dataDirectory);
  const from = await preparedLog(log, account);
  if (!serverProcesses(dataDirectory).length) {
    const options = lastOptions(dataDirectory);
    const args = ['start', '-W', '-s', '-D', dataDirectory, '-l', log, ...(options ? ['-o', options] : [])];
    await runProgram({ path: join(bin, 'pg_ctl'), args, account, signal });
  }
  // pg_ctl returns before the server has written its postmaster.pid.
  const grace = Date.now() + 5_000;
  for (;;) {
    const state = readyState(dataDirectory);
    if (state === 'ready' || state === 'standby') return;
    const ended = Date.now() > grace && !serverProcesses(dataDirectory).length;
    const refused = !serverProcesses(dataDirectory).length && /^.*\b(FATAL|PANIC):/m.test(await logSince(log, from));
    if (ended || refused || Date.now() >= deadline) {
      const how = ended || refused ? 'did not start' : `does not accept connections within ${withinMs} ms`;
      throw new KernelFailure(
        'ProgramFailed',
        `The server of ${label} ${how}; last lines of ${log}:\n${(await logSince(log, from)) || '(nothing)'}`,
        'soon',
      );
    }
    await sleep(LOOK_EVERY_MS, undefined, { signal });
  }
}

/** Stops the server cleanly (fast) and returns when all its processes are gone; throws NodeStillRuns after the time. */
export async function stopServer({ dataDirectory, bin, account, label }: NodePlace, withinMs: number, signal: AbortSignal): Promise<void> {
  const deadline = Date.now() + withinMs;
  if (!serverProcesses(dataDirectory).length) return;
  const args = ['stop', '-m', 'fast', '-W', '-s', '-D', dataDirectory];
  const refusal = await runProgram({ path: join(bin, 'pg_ctl'), args, account, signal }).then(
    () => '',
    (error: Error) => {
      if (signal.aborted) throw error;
      return ` pg_ctl says: ${lastLines(error.message)}`;
    },
  );
  while (serverProcesses(dataDirectory).length) {
    if (Date.now() >= deadline) {
      throw new KernelFailure(
        'NodeStillRuns',
        `The server of ${label} has not stopped within ${withinMs} ms (processes ${serverProcesses(dataDirectory).slice(0, 10).join(', ')}).${refusal} ` +
          `See ${logOf(dataDirectory)} for what holds it up: often archive_command, or a standby that does not answer. The stop goes on.`,
        'soon',
      );
    }
    await sleep(LOOK_EVERY_MS, undefined, { signal });
  }
}

// As pg_ctl restart does it: what was given on the command line, such as a port or a configuration file elsewhere.
function lastOptions(dataDirectory: string): string | null {
  try {
    const line = readFileSync(join(dataDirectory, 'postmaster.opts'), 'utf8').split('\n')[0] ?? '';
    const at = line.indexOf(' "');
    return at < 0 ? null : line.slice(at + 1).replace(/^"-D" "[^"]*"\s*/, '') || null;
  } catch {
    return null;
  }
}

// A line of postmaster.pid tells when connections are accepted, so nobody has to log in to find out.
function readyState(dataDirectory: string): string | undefined {
  try {
    const lines = readFileSync(join(dataDirectory, 'postmaster.pid'), 'utf8').split('\n');
    const holder = lockHolder(dataDirectory);
    return holder !== null && serverProcesses(dataDirectory).includes(holder) ? lines[7]?.trim() : undefined;
  } catch {
    return undefined;
  }
}

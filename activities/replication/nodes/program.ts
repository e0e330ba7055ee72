import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import { KernelFailure } from '../../sql/kernel-failure';
import type { Account } from './account';

/** A program to run on the node, without a shell. */
export interface Program {
  readonly path: string;
  readonly args: readonly string[];
  readonly account: Account;
  /** Secrets go here, never into the arguments, which everybody on the machine can read. */
  readonly env?: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

const SETPRIV = '/usr/bin/setpriv';
const MAX_OUTPUT = 100_000;
const LAST_LINES = 20;

/** Runs a program to its end as the account; throws ProgramFailed with its last lines. A cancelled signal ends the program first. */
export async function runProgram(program: Program): Promise<void> {
  const { path, args, account, env, signal } = program;
  signal.throwIfAborted();
  const asRoot = process.getuid?.() === 0;
  // Only setpriv gives the account its other groups, which Debian's server needs to read its TLS key; it replaces itself by the program.
  const setpriv = asRoot && existsSync(SETPRIV);
  const identity = ['--reuid', String(account.uid), '--regid', String(account.gid), '--init-groups', '--'];
  const child = spawn(setpriv ? SETPRIV : path, setpriv ? [...identity, path, ...args] : args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    cwd: '/',
    // The PG* variables of the worker are not meant for this server.
    env: { PATH: process.env['PATH'] ?? '', LC_ALL: 'C', ...env },
    ...(asRoot && !setpriv ? { uid: account.uid, gid: account.gid } : {}),
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => (output = (output + text).slice(-MAX_OUTPUT)));
  }
  const kill = (): void => void child.kill('SIGTERM');
  signal.addEventListener('abort', kill, { once: true });
  // Nothing may go on copying into a data directory when its worker has gone.
  process.once('exit', kill);
  const ending = await new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('close', (code, name) => resolve(code === null ? String(name) : `code ${code}`));
  });
  process.removeListener('exit', kill);
  signal.removeEventListener('abort', kill);
  signal.throwIfAborted();
  if (ending !== 'code 0') throw new KernelFailure('ProgramFailed', `${basename(path)} ended with ${ending}:\n${lastLines(output)}`);
}

/** The last 20 lines of a text. */
export const lastLines = (text: string): string => text.trimEnd().split('\n').slice(-LAST_LINES).join('\n');

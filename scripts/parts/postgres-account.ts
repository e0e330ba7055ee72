import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { copyFolder } from './copy-folder';

/** The system user that the server runs as when this process is root. */
export interface Account {
  uid: number;
  gid: number;
}

// Writable for root only, so nobody can prepare it for us.
const ROOT_HOME = '/var/lib/pg-runbooks';

let known: Account | undefined;

function lookUp(): Account | undefined {
  try {
    const id = (flag: string): number => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }));
    return { uid: id('-u'), gid: id('-g') };
  } catch {
    return undefined;
  }
}

/** PostgreSQL refuses root, so root gets the user postgres, made when missing; anybody else runs it as themselves. */
export function serverAccount(): Account | undefined {
  if (process.getuid?.() !== 0) return undefined;
  known ??= lookUp();
  if (known === undefined) {
    execFileSync('useradd', ['--system', '--user-group', '--no-create-home', '--shell', '/usr/sbin/nologin', 'postgres']);
    known = lookUp();
  }
  if (known === undefined) throw new Error('the system user postgres could not be made');
  return known;
}

function mayEnter(folder: string, account: Account): boolean {
  const { mode, uid, gid } = statSync(folder);
  const bit = uid === account.uid ? 0o100 : gid === account.gid ? 0o010 : 0o001;
  return (mode & bit) !== 0;
}

function canReach(path: string, account: Account): boolean {
  let folder = resolve(path);
  for (;;) {
    if (existsSync(folder) && !mayEnter(folder, account)) return false;
    if (dirname(folder) === folder) return true;
    folder = dirname(folder);
  }
}

/** The folder of programs itself, or a copy of it where the checkout is closed to the account (as /root is). */
export function reachableBinaries(folder: string, version: string, account: Account | undefined): string {
  if (account === undefined || canReach(folder, account)) return folder;
  const copy = join(ROOT_HOME, `postgres-${version}`);
  if (!existsSync(copy)) {
    mkdirSync(ROOT_HOME, { recursive: true, mode: 0o755 });
    const unfinished = `${copy}.${process.pid}`;
    copyFolder(folder, unfinished);
    try {
      renameSync(unfinished, copy);
    } catch (error) {
      rmSync(unfinished, { recursive: true, force: true });
      if (!existsSync(copy)) throw error;
    }
  }
  return copy;
}

/** The wanted data directory, or a stable substitute where its parents are closed to the account. */
export function reachableData(wanted: string, account: Account | undefined): string {
  const path = resolve(wanted);
  mkdirSync(dirname(path), { recursive: true });
  if (account === undefined || canReach(dirname(path), account)) return path;
  mkdirSync(ROOT_HOME, { recursive: true, mode: 0o755 });
  return join(ROOT_HOME, `data-${createHash('sha256').update(path).digest('hex').slice(0, 12)}`);
}

/** Hands files over to the account; nothing to do when this process is the account. */
export function giveTo(account: Account | undefined, ...paths: string[]): void {
  if (account === undefined || paths.length === 0) return;
  execFileSync('chown', ['-R', `${account.uid}:${account.gid}`, ...paths]);
}

import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { appendFileSync, existsSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cacheFolder } from './cache-folder';
import { copyFolder } from './copy-folder';
import { withFileLock } from '../../activities/replication/endpoints/file-lock';
import { type Account, giveTo } from './postgres-account';
import { INCLUDE_LINE } from './postgres-settings';

/** A cluster initialised once per version, to be copied for each new server. */
export interface PostgresTemplate {
  dataDirectory: string;
  password: string;
}

// Part of the name, to be raised when clusters have to be initialised differently.
const EDITION = 1;
const INITIALISE_TIMEOUT_MS = 120_000;

function initialise(binaries: string, work: string, account: Account | undefined): void {
  const passwordFile = join(work, 'password');
  writeFileSync(passwordFile, randomBytes(18).toString('base64url'), { mode: 0o600 });
  giveTo(account, work);
  const args = ['-D', join(work, 'data'), '--username=postgres', `--pwfile=${passwordFile}`, '--auth=scram-sha-256'];
  // Checksums let pg_rewind work and make broken copies visible.
  args.push('--encoding=UTF8', '--locale=C', '--data-checksums', '--no-sync', '--no-instructions');
  try {
    execFileSync(join(binaries, 'bin', 'initdb'), args, { cwd: work, stdio: 'pipe', ...account });
  } catch (error) {
    throw new Error(`initdb failed: ${String((error as { stderr?: Buffer }).stderr ?? error)}`);
  }
  appendFileSync(join(work, 'data', 'postgresql.conf'), INCLUDE_LINE);
}

/** Initialises a cluster of its own in a folder that does not exist yet, and returns its password. Copies of a template share their system identifier; this one has its own. */
export function ownCluster(binaries: string, account: Account | undefined, dataDirectory: string): string {
  const work = mkdtempSync(join(tmpdir(), 'pg-runbooks-cluster-'));
  try {
    initialise(binaries, work, account);
    copyFolder(join(work, 'data'), dataDirectory);
    return readFileSync(join(work, 'password'), 'utf8').trim();
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** The template of a version, made now when the cache has none. */
export async function postgresTemplate(binaries: string, version: string, account: Account | undefined): Promise<PostgresTemplate> {
  const folder = join(cacheFolder(), `template-${version}-${EDITION}`);
  if (!existsSync(folder)) {
    const make = async (): Promise<void> => {
      if (existsSync(folder)) return;
      // Made in the temporary folder because root's cache is closed to the account that runs initdb.
      const work = mkdtempSync(join(tmpdir(), 'pg-runbooks-template-'));
      const unfinished = `${folder}.${process.pid}`;
      try {
        initialise(binaries, work, account);
        copyFolder(work, unfinished);
        renameSync(unfinished, folder);
      } finally {
        rmSync(work, { recursive: true, force: true });
        rmSync(unfinished, { recursive: true, force: true });
      }
    };
    await withFileLock(folder, make, { timeoutMs: INITIALISE_TIMEOUT_MS });
  }
  return { dataDirectory: join(folder, 'data'), password: readFileSync(join(folder, 'password'), 'utf8').trim() };
}

import { chown, copyFile as copy, lstat, mkdir, readdir } from 'node:fs/promises';
import { constants } from 'node:fs';
import { join } from 'node:path';
import type { Account } from './account';

// What belongs to the running source and not to its data; source: PostgreSQL documentation, "Backing Up the Data Directory".
const WITHOUT = new Set([
  'postmaster.pid',
  'postmaster.opts',
  'standby.signal',
  'recovery.signal',
  'backup_label',
  'tablespace_map',
  'backup_manifest',
  'pg-runbooks-copy.json',
  'pg_internal.init',
]);
const EMPTY = new Set(['pg_wal', 'pg_replslot', 'pg_dynshmem', 'pg_notify', 'pg_serial', 'pg_snapshots', 'pg_stat_tmp', 'pg_subtrans']);

/** Copies a running server's data directory into an empty one; files that vanish meanwhile are of no use to the copy. Links are left out. */
export async function copyTree(from: string, to: string, account: Account, signal: AbortSignal, depth = 0): Promise<void> {
  for (const entry of await readdir(from, { withFileTypes: true })) {
    signal.throwIfAborted();
    const [here, there] = [join(from, entry.name), join(to, entry.name)];
    if (WITHOUT.has(entry.name) || /^pgsql_tmp/.test(entry.name)) continue;
    if (entry.isDirectory()) {
      await copyFolder(here, there, account, signal, depth);
    } else if (entry.isFile() && entry.name !== 'pg_control') await copyFile(here, there, account);
  }
}

async function copyFolder(from: string, to: string, account: Account, signal: AbortSignal, depth: number): Promise<void> {
  try {
    const { mode } = await lstat(from);
    await mkdir(to, { mode: mode & 0o777 });
    await chown(to, account.uid, account.gid);
    const name = from.slice(from.lastIndexOf('/') + 1);
    if (depth === 0 && EMPTY.has(name)) {
      // The server makes it again with the first segment, but only where pg_wal itself stands.
      if (name === 'pg_wal')
        await mkdir(join(to, 'archive_status'), { mode: 0o700 }).then(() => chown(join(to, 'archive_status'), account.uid, account.gid));
      return;
    }
    await copyTree(from, to, account, signal, depth + 1);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}

/** Copies one file, sharing blocks where the file system can, and makes it the account's; one that has vanished is left out. */
export async function copyFile(from: string, to: string, account: Account): Promise<void> {
  try {
    await copy(from, to, constants.COPYFILE_FICLONE);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  await chown(to, account.uid, account.gid);
}

import { chown, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Client } from 'pg';
import { KernelFailure } from '../../sql/kernel-failure';
import { scrubbedMessage } from '../../sql/scrub';
import { meaningOf, stateOf } from '../../sql/sqlstates';
import type { CopySource } from '../providers';
import type { Account } from './account';
import { parseConninfo } from '../conninfo';
import { copyFile, copyTree } from './copy-tree';
import { exists } from './own-files';

/**
 * Copies a running server's data directory on this machine by the low-level backup API, with the WAL that makes the copy whole.
 *
 * Source: PostgreSQL documentation, "Making a Base Backup Using the Low Level API". The login needs pg_backup_start and pg_backup_stop.
 */
export async function copyByBackup(source: CopySource, from: string, to: string, account: Account, signal: AbortSignal): Promise<void> {
  if ((await readdir(join(from, 'pg_tblspc'))).length) {
    throw new KernelFailure('CapabilityAbsent', `The source ${source.host}:${source.port} has tablespaces; its copy must be made by hand.`);
  }
  const { host, port, user, password, dbname } = Object.fromEntries(parseConninfo(source.conninfo)) as Record<string, string | undefined>;
  const client = new Client({
    host: host ?? source.host,
    port: Number(port ?? source.port),
    database: dbname ?? 'postgres',
    connectionTimeoutMillis: 10_000,
    ...(user === undefined ? {} : { user }),
    ...(password === undefined ? {} : { password }),
  });
  // A lost session ends the backup; the query after it says so.
  client.on('error', () => undefined);
  try {
    await client.connect();
    const { rows } = await client.query<{ major: number }>(`select current_setting('server_version_num')::int / 10000 as major`);
    const modern = (rows[0]?.major ?? 0) >= 15;
    await client.query(modern ? `select pg_backup_start('pg-runbooks copy', true)` : `select pg_start_backup('pg-runbooks copy', true, false)`);
    await copyTree(from, to, account, signal);
    // Last, as pg_basebackup does it: no page in the copy is newer than its control file says.
    await copyFile(join(from, 'global', 'pg_control'), join(to, 'global', 'pg_control'), account);
    const stopped = await client.query<{ labelfile: string }>(
      modern ? 'select labelfile from pg_backup_stop(false)' : 'select labelfile from pg_stop_backup(false, false)',
    );
    const label = stopped.rows[0]?.labelfile ?? '';
    await writeFile(join(to, 'backup_label'), label, { mode: 0o600 });
    await chown(join(to, 'backup_label'), account.uid, account.gid);
    await copyWal(label, from, to, account);
  } catch (error) {
    if (signal.aborted || error instanceof KernelFailure) throw error;
    throw new KernelFailure(
      'ProgramFailed',
      `The copy of ${source.host}:${source.port} broke off: ${scrubbedMessage(error)}.`,
      meaningOf(error) === 'rejected' && stateOf(error) !== '' ? 'never' : 'soon',
    );
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** The segments from the start of the backup on; those that the server has kept for later use do no harm. */
async function copyWal(label: string, from: string, to: string, account: Account): Promise<void> {
  const first = /^START WAL LOCATION: \S+ \(file ([0-9A-F]{24})\)/m.exec(label)?.[1];
  const names = await readdir(join(from, 'pg_wal'));
  if (first === undefined || !names.includes(first)) {
    throw new KernelFailure(
      'PreconditionUnmet',
      `The source removed WAL (${first ?? 'unknown'}) while it was copied. Raise its wal_keep_size, then retry.`,
      'soon',
    );
  }
  for (const name of names.sort()) {
    if (!/^[0-9A-F]{8}\.history$/.test(name) && !(/^[0-9A-F]{24}$/.test(name) && name.slice(8) >= first.slice(8))) continue;
    await copyFile(join(from, 'pg_wal', name), join(to, 'pg_wal', name), account);
  }
  if (await exists(join(to, 'pg_wal', first))) return;
  throw new KernelFailure('PreconditionUnmet', `The source removed WAL ${first} while it was copied. Raise its wal_keep_size, then retry.`, 'soon');
}

import { chmodSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { copyFolder } from '../copy-folder';
import type { Account } from '../postgres-account';
import { firstSettings, type PostgresSettings, writeSettings } from '../postgres-settings';
import { ownCluster, postgresTemplate } from '../postgres-template';
import type { ClusterPrograms } from './programs';

/** Small, fast, and able to stream and to be rewound. */
const STREAMING: PostgresSettings = {
  ...firstSettings(false),
  wal_level: 'replica',
  hot_standby: 'on',
  hot_standby_feedback: 'off',
  wal_log_hints: 'on',
  max_wal_senders: 10,
  max_replication_slots: 10,
  min_wal_size: '32MB',
  wal_keep_size: '64MB',
  wal_receiver_status_interval: '1s',
  wal_retrieve_retry_interval: '200ms',
};

/** Makes the primary's data directory and returns the superuser's password. Without `ownIdentity` it shares the system identifier of every copy of the template. */
export async function makeData(
  programs: ClusterPrograms,
  account: Account | undefined,
  dataDirectory: string,
  wanted: { readonly settings: PostgresSettings; readonly ownIdentity: boolean },
): Promise<string> {
  const programFolder = dirname(programs.bin);
  mkdirSync(dataDirectory, { recursive: true });
  let password: string;
  if (wanted.ownIdentity) password = ownCluster(programFolder, account, dataDirectory);
  else {
    const template = await postgresTemplate(programFolder, programs.templateName, account);
    copyFolder(template.dataDirectory, dataDirectory);
    ({ password } = template);
  }
  chmodSync(dataDirectory, 0o700);
  writeSettings(dataDirectory, { ...STREAMING, ...wanted.settings });
  return password;
}

/** Makes a copy of a running server's files into those of a standby; `label` is what the end of the backup returned. */
export function makeStandbyOf(copy: string, label: string, settings: PostgresSettings): void {
  for (const name of ['postmaster.pid', 'postmaster.opts', 'postgresql.auto.conf']) rmSync(join(copy, name), { force: true });
  for (const folder of ['pg_wal', 'pg_replslot'])
    for (const name of readdirSync(join(copy, folder))) rmSync(join(copy, folder, name), { recursive: true });
  mkdirSync(join(copy, 'pg_wal', 'archive_status'), { mode: 0o700 });
  writeFileSync(join(copy, 'backup_label'), label, { mode: 0o600 });
  for (const name of ['standby.signal', 'postgresql.auto.conf']) writeFileSync(join(copy, name), '', { mode: 0o600 });
  writeSettings(copy, settings);
}

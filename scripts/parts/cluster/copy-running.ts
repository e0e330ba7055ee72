import { chmodSync, mkdirSync, rmSync } from 'node:fs';
import type { Client } from 'pg';
import { copyFolder } from '../copy-folder';

const ATTEMPTS = 5;

/** Copies a running server's data directory by the low-level backup API (15 and later) and returns the content of backup_label. The session is held for as long as it takes. */
export async function copyRunning(primary: Client, dataDirectory: string, copies: readonly string[]): Promise<string> {
  await primary.query(`select pg_backup_start('standbys', true)`);
  for (const copy of copies) copyPatiently(dataDirectory, copy);
  const { rows } = await primary.query<{ labelfile: string }>(`select labelfile from pg_backup_stop(false)`);
  const label = rows[0]?.labelfile;
  if (label === undefined) throw new Error('pg_backup_stop returned no label');
  return label;
}

/** A file that goes away while it is copied is no error of a backup, but one of cp. */
function copyPatiently(from: string, to: string): void {
  for (let attempt = 1; ; attempt += 1) {
    rmSync(to, { recursive: true, force: true });
    mkdirSync(to);
    try {
      copyFolder(from, to);
      chmodSync(to, 0o700);
      return;
    } catch (error) {
      if (attempt === ATTEMPTS) throw error;
    }
  }
}

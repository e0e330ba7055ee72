import { constants } from 'node:fs';
import { open, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Upstream } from '../providers';
import type { Account } from './account';
import { syncFolder } from './standby-signal';

const SETTINGS = /^\s*(primary_conninfo|primary_slot_name)\s*=/i;

/** Sets primary_conninfo and primary_slot_name in a stopped server's postgresql.auto.conf, where ALTER SYSTEM finds and replaces them. */
export async function writeUpstream(dataDirectory: string, { conninfo, slot }: Upstream, account: Account): Promise<void> {
  const path = join(dataDirectory, 'postgresql.auto.conf');
  const lines = (await readFile(path, 'utf8').catch(missing)).split('\n').filter((line) => line !== '' && !SETTINGS.test(line));
  const text = [...lines, `primary_conninfo = ${quoted(conninfo)}`, `primary_slot_name = ${quoted(slot)}`, ''].join('\n');
  const unfinished = `${path}.unfinished`;
  await rm(unfinished, { force: true });
  const file = await open(unfinished, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW, 0o600);
  try {
    await file.writeFile(text);
    if (process.getuid?.() === 0) await file.chown(account.uid, account.gid);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(unfinished, path);
  await syncFolder(dataDirectory);
}

/** A value as the configuration file's own grammar reads it: quotes and backslashes doubled. */
const quoted = (value: string): string => `'${value.replace(/[\\']/g, '$&$&')}'`;

function missing(error: NodeJS.ErrnoException): string {
  if (error.code === 'ENOENT') return '';
  throw error;
}

import { constants } from 'node:fs';
import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Account } from './account';

export const STANDBY_SIGNAL = 'standby.signal';

/** Puts standby.signal in place, owned by the account and on disk when it returns. */
export async function putStandbySignal(dataDirectory: string, account: Account): Promise<void> {
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_NOFOLLOW;
  const file = await open(join(dataDirectory, STANDBY_SIGNAL), flags, 0o600);
  try {
    if (process.getuid?.() === 0) await file.chown(account.uid, account.gid);
    await file.sync();
  } finally {
    await file.close();
  }
  await syncFolder(dataDirectory);
}

/** Takes standby.signal away, and is on disk when it returns. */
export async function removeStandbySignal(dataDirectory: string): Promise<void> {
  await rm(join(dataDirectory, STANDBY_SIGNAL), { force: true });
  await syncFolder(dataDirectory);
}

/** Makes the names in a folder survive a power cut. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { KernelFailure } from '../../sql/kernel-failure';
import type { Account } from './account';
import { lastLines } from './program';

const MAX_BYTES = 20_000;

/** The file beside the data directory that takes what the server says while it starts. */
export const logOf = (dataDirectory: string): string => `${dataDirectory.replace(/\/+$/, '')}.log`;

/** Makes the log writable for the account, and answers how long it is now. */
export async function preparedLog(path: string, account: Account): Promise<number> {
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_APPEND | constants.O_NOFOLLOW;
  const file = await open(path, flags, 0o600).catch((error: Error) => {
    throw new KernelFailure('CapabilityAbsent', `The log ${path} cannot be opened by this worker: ${error.message}.`);
  });
  try {
    if (process.getuid?.() === 0) await file.chown(account.uid, account.gid);
    return (await file.stat()).size;
  } finally {
    await file.close();
  }
}

/** The last lines of the log from a place on. */
export async function logSince(path: string, from: number): Promise<string> {
  const file = await open(path, 'r').catch(() => null);
  if (!file) return '';
  try {
    const { size } = await file.stat();
    const start = Math.max(from, size - MAX_BYTES);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(Math.max(0, size - start)), 0, Math.max(0, size - start), start);
    return lastLines(buffer.subarray(0, bytesRead).toString('utf8'));
  } finally {
    await file.close();
  }
}

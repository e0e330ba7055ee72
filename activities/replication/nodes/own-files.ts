import { constants } from 'node:fs';
import { access, chown, copyFile, lstat, mkdir, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Account } from './account';

// Configuration, certificates and how the server was started last: what tells one node from another.
const OWN = /\.(conf|crt|key|pem|crl)$|^postmaster\.opts$/;

/** Names of the files of a data directory that belong to the node and not to the data, also those in folders such as conf.d. */
async function ownFiles(dataDirectory: string): Promise<string[]> {
  const entries = await readdir(dataDirectory, { withFileTypes: true });
  const folders = entries.filter((entry) => entry.isDirectory() && entry.name.endsWith('.d')).map((entry) => entry.name);
  const inside = await Promise.all(
    folders.map(async (folder) => (await readdir(join(dataDirectory, folder))).filter((name) => OWN.test(name)).map((name) => join(folder, name))),
  );
  return [...entries.filter((entry) => entry.isFile() && OWN.test(entry.name)).map((entry) => entry.name), ...inside.flat()];
}

/** Saves the node's own files in a folder; one that is already complete stays, because the files may have been overwritten since. */
export async function saveOwnFiles(dataDirectory: string, into: string, account: Account): Promise<void> {
  if (await exists(into)) return;
  const unfinished = `${into}.unfinished`;
  await rm(unfinished, { recursive: true, force: true });
  await mkdir(unfinished, { mode: 0o700 });
  await chown(unfinished, account.uid, account.gid);
  await copyOwnFiles(dataDirectory, unfinished, account);
  await rename(unfinished, into);
}

/** Gives the copy for a new node the files that it was prepared with; what it was not given, such as pg_hba.conf, stays as it came. */
export async function addOwnFiles(from: string, dataDirectory: string, account: Account): Promise<void> {
  await rm(join(dataDirectory, 'postgresql.auto.conf'), { force: true });
  await copyOwnFiles(from, dataDirectory, account);
}

/** Whether a folder holds the data of a server. */
export const hasData = (dataDirectory: string): Promise<boolean> => exists(join(dataDirectory, 'PG_VERSION'));

/** Whether a folder is a node's, with data or prepared for a first copy. */
export const isNode = async (dataDirectory: string): Promise<boolean> =>
  (await hasData(dataDirectory)) || exists(join(dataDirectory, 'postgresql.conf'));

/** Makes the node's own files those of a folder: others of their kind in the data directory, which came with a copy, go. */
export async function putOwnFiles(from: string, dataDirectory: string, account: Account): Promise<void> {
  const kept = new Set(await ownFiles(from));
  for (const name of await ownFiles(dataDirectory)) if (!kept.has(name)) await rm(join(dataDirectory, name));
  await copyOwnFiles(from, dataDirectory, account);
}

async function copyOwnFiles(from: string, to: string, account: Account): Promise<void> {
  for (const name of await ownFiles(from)) {
    const target = join(to, name);
    if (dirname(name) !== '.') {
      await mkdir(dirname(target), { recursive: true, mode: 0o700 });
      await chown(dirname(target), account.uid, account.gid);
    }
    // Written beside and renamed: a link at the place is replaced, never followed.
    const unfinished = `${target}.unfinished`;
    await rm(unfinished, { force: true });
    await copyFile(join(from, name), unfinished, constants.COPYFILE_EXCL);
    const { uid, gid } = await lstat(join(from, name));
    await chown(unfinished, uid, gid);
    await rename(unfinished, target);
  }
}

/** Whether a path is there, whatever it is. */
export const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

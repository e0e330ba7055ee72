import { chown, mkdir, readFile, readdir, lstat, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { KernelFailure } from '../../sql/kernel-failure';
import type { CopySource } from '../providers';
import { withoutPassword } from '../conninfo';
import { readControlData } from './control-data';
import { copyByBackup } from './copy-by-backup';
import { addOwnFiles, exists, hasData, isNode, putOwnFiles } from './own-files';
import { mustBeStopped, type NodePlace } from './place';
import { runProgram } from './program';
import { putStandbySignal, syncFolder } from './standby-signal';

/** Stands in a finished copy, with where the old data directory went. */
const MARK = 'pg-runbooks-copy.json';

/**
 * Copies a running source into a new directory beside the data directory, then swaps them by renaming; the old one goes to `keepAs`, which
 * must be new for each run, or is removed. A copy that was cut short is thrown away by the next attempt, a swap that was cut short is finished.
 */
export async function recloneServer(place: NodePlace, source: CopySource, keepAs: string | null, signal: AbortSignal): Promise<void> {
  const { dataDirectory } = place;
  mustBeStopped(place, 'a new copy');
  const fresh = `${dataDirectory}.copy`;
  const old = keepAs ?? `${dataDirectory}.old`;
  if (!(await exists(dataDirectory))) await recovered(place, fresh, old, keepAs);
  if (keepAs !== null && (await markOf(dataDirectory)) === keepAs && (await exists(keepAs))) return;
  if (keepAs !== null && (await exists(keepAs))) {
    throw new KernelFailure(
      'PreconditionUnmet',
      `${keepAs}, where the old data directory of ${place.label} is to be kept, is there already. Move it away, then retry.`,
    );
  }
  const isNew = !(await hasData(dataDirectory));
  if (isNew && !(await isNode(dataDirectory)))
    throw new KernelFailure(
      'PreconditionUnmet',
      `${place.label} has neither data nor a postgresql.conf. Put one there, with at least the node's own port, then retry.`,
    );
  if (!isNew) await refuseLinks(place);
  await rm(fresh, { recursive: true, force: true });
  await copied(place, source, fresh, signal);
  await mustBeOfOneKind(place, fresh);
  await (isNew ? addOwnFiles : putOwnFiles)(dataDirectory, fresh, place.account);
  await putStandbySignal(fresh, place.account);
  await writeFile(join(fresh, MARK), JSON.stringify({ keepAs, from: `${source.host}:${source.port}` }), { mode: 0o600 });
  await chown(join(fresh, MARK), place.account.uid, place.account.gid);
  await syncFolder(fresh);

  signal.throwIfAborted();
  mustBeStopped(place, 'a new copy');
  await rm(`${dataDirectory}.old`, { recursive: true, force: true });
  await rename(dataDirectory, old);
  await finished(place, fresh, old, keepAs);
}

/** A swap was cut short between its two renames: forwards where the copy is finished, else back. */
async function recovered(place: NodePlace, fresh: string, old: string, keepAs: string | null): Promise<void> {
  if (await exists(join(fresh, MARK))) return finished(place, fresh, old, keepAs);
  if (await exists(old)) return rename(old, place.dataDirectory);
  throw new KernelFailure('PreconditionUnmet', `The data directory of ${place.label} is not there. Check dataDirectory in targets.yaml.`);
}

async function finished({ dataDirectory }: NodePlace, fresh: string, old: string, keepAs: string | null): Promise<void> {
  await rename(fresh, dataDirectory);
  await syncFolder(dirname(dataDirectory));
  if (keepAs === null) await rm(old, { recursive: true, force: true });
}

async function copied(place: NodePlace, source: CopySource, fresh: string, signal: AbortSignal): Promise<void> {
  const { bin, account } = place;
  const { mode } = await lstat(place.dataDirectory);
  // The server refuses to start where others may read; a folder made by hand is often open.
  await mkdir(fresh, { mode: mode & 0o750 });
  await chown(fresh, account.uid, account.gid);
  if (await exists(join(bin, 'pg_basebackup'))) {
    const { conninfo, env } = withoutPassword(source.conninfo);
    const args = ['--pgdata', fresh, '--dbname', conninfo, '--wal-method=stream', '--checkpoint=fast', '--no-password'];
    return runProgram({ path: join(bin, 'pg_basebackup'), args, account, env, signal });
  }
  if (source.dataDirectory !== null) return copyByBackup(source, source.dataDirectory, fresh, account, signal);
  throw new KernelFailure(
    'CapabilityAbsent',
    `pg_basebackup is not in ${bin}, and the source's data directory is not on this machine. Install the server's client programs (Debian: postgresql-client-<major>) and name their folder in control.bin.`,
  );
}

async function refuseLinks({ dataDirectory, label }: NodePlace): Promise<void> {
  if ((await readdir(join(dataDirectory, 'pg_tblspc'))).length) {
    throw new KernelFailure(
      'CapabilityAbsent',
      `${label} has tablespaces; a copy with tablespaces must be made by hand (pg_basebackup --tablespace-mapping).`,
    );
  }
  if ((await lstat(join(dataDirectory, 'pg_wal'))).isSymbolicLink()) {
    throw new KernelFailure('CapabilityAbsent', `pg_wal of ${label} is a link; its copy must be made by hand (pg_basebackup --waldir).`);
  }
}

/** A copy of another cluster must never take this node's place. */
async function mustBeOfOneKind({ dataDirectory, label }: NodePlace, fresh: string): Promise<void> {
  const [mine, theirs] = [await readControlData(dataDirectory), await readControlData(fresh)];
  if (mine === null || mine.systemIdentifier === theirs?.systemIdentifier) return;
  throw new KernelFailure(
    'IdentityMismatch',
    `${label} has system identifier ${mine.systemIdentifier}, the source of its copy ${theirs?.systemIdentifier ?? 'none'}: another cluster. Nothing was replaced.`,
  );
}

async function markOf(dataDirectory: string): Promise<string | null> {
  try {
    return (JSON.parse(await readFile(join(dataDirectory, MARK), 'utf8')) as { keepAs: string | null }).keepAs;
  } catch {
    return null;
  }
}

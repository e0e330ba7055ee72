import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { KernelFailure } from '../../sql/kernel-failure';
import type { CopySource } from '../providers';
import { withoutPassword } from './conninfo';
import { recoverFromCrash } from './crash-recovery';
import { putOwnFiles, saveOwnFiles } from './own-files';
import { mustBeStopped, type NodePlace } from './place';
import { runProgram } from './program';
import { putStandbySignal } from './standby-signal';

/**
 * Runs pg_rewind against a running source. It overwrites every file of the data directory that differs, configuration included:
 * the node's own files are saved beside it first, put back afterwards, and an attempt that was cut short leaves them there for the next.
 */
export async function rewindServer(place: NodePlace, source: CopySource, signal: AbortSignal): Promise<void> {
  const { dataDirectory, bin, account } = place;
  mustBeStopped(place, 'pg_rewind');
  const saved = `${dataDirectory}.own-files`;
  await saveOwnFiles(dataDirectory, saved, account);
  const { conninfo, env } = withoutPassword(source.conninfo, { dbname: 'postgres' });
  await putStandbySignal(dataDirectory, account);
  try {
    await recoverFromCrash(place, signal);
    const args = ['--target-pgdata', dataDirectory, '--source-server', conninfo, '--no-ensure-shutdown'];
    await runProgram({ path: join(bin, 'pg_rewind'), args, account, env, signal }).catch(withAdvice);
  } finally {
    await putOwnFiles(saved, dataDirectory, account);
    await putStandbySignal(dataDirectory, account);
  }
  // A half-removed folder would be taken for a complete one.
  await rename(saved, `${saved}.unfinished`);
  await rm(`${saved}.unfinished`, { recursive: true, force: true });
}

function withAdvice(error: Error): never {
  if (error instanceof KernelFailure && error.message.includes('pg_wal/')) {
    throw new KernelFailure(error.type, `${error.message}\nThe WAL back to the fork is gone on this node: clone it anew instead.`);
  }
  throw error;
}

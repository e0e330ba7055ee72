import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { KernelFailure } from '../../sql/kernel-failure';
import type { CopySource } from '../providers';
import { withoutPassword } from '../conninfo';
import { readControlData } from './control-data';
import { recoverFromCrash } from './crash-recovery';
import { putOwnFiles, saveOwnFiles } from './own-files';
import { mustBeStopped, type NodePlace } from './place';
import { runProgram } from './program';
import { putStandbySignal } from './standby-signal';

/**
 * Runs pg_rewind against a running source. It overwrites every file of the data directory that differs, configuration included:
 * the node's own files are saved beside it first, put back afterwards, and an attempt that was cut short leaves them there for the next.
 */
export async function rewindServer(place: NodePlace, source: CopySource, timeline: number, signal: AbortSignal): Promise<void> {
  const { dataDirectory, bin, account } = place;
  mustBeStopped(place, 'pg_rewind');
  const saved = `${dataDirectory}.own-files`;
  await saveOwnFiles(dataDirectory, saved, account);
  const { conninfo, env } = withoutPassword(source.conninfo, { dbname: 'postgres' });
  await putStandbySignal(dataDirectory, account);
  try {
    if (!(await isRewound(dataDirectory, timeline))) {
      await recoverFromCrash(place, signal);
      const args = ['--target-pgdata', dataDirectory, '--source-server', conninfo, '--no-ensure-shutdown'];
      await runProgram({ path: join(bin, 'pg_rewind'), args, account, env, signal }).catch(withAdvice);
    }
  } finally {
    await putOwnFiles(saved, dataDirectory, account);
    await putStandbySignal(dataDirectory, account);
  }
  // A half-removed folder would be taken for a complete one.
  await rename(saved, `${saved}.unfinished`);
  await rm(`${saved}.unfinished`, { recursive: true, force: true });
}

/**
 * Whether pg_rewind has done its work already: the control file, which it writes last, waits for recovery on the source's timeline. Single-user
 * recovery would then end that recovery with a checkpoint of its own, on the primary's timeline, which the primary never wrote.
 */
async function isRewound(dataDirectory: string, timeline: number): Promise<boolean> {
  const control = await readControlData(dataDirectory);
  return control?.state === 'in archive recovery' && control.timeline === timeline;
}

function withAdvice(error: Error): never {
  if (error instanceof KernelFailure && error.message.includes('pg_wal/')) {
    throw new KernelFailure(error.type, `${error.message}\nThe WAL back to the fork is gone on this node: clone it anew instead.`);
  }
  throw error;
}

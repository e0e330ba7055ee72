import { orderWrite } from '../flow/activities';
import { undoEffect } from './changes';
import { refreshDashboard } from '../display/dashboard';
import { failureOf, Exit, type Failure } from '../run/exit';
import { park } from '../run/park';
import type { RunState } from '../run/state';
import type { Undo } from './effects';
import { showPhase } from '../display/search-attributes';
import { pluralize } from '../../pure/pluralize';

/** What a rollback did, and what it could not do after every other undo was tried. */
export interface Rollback {
  readonly undone: number;
  /** What has no undo and stays as the run made it. */
  readonly stays: readonly string[];
  readonly failures: readonly { readonly title: string; readonly failure: Failure }[];
}

/**
 * Undoes what was done, newest first; a failing undo does not stop the others.
 *
 * Afterwards an operator may retry what failed; where cancellation was asked for nobody is waited for.
 */
export async function rollBack(state: RunState, because: string): Promise<Rollback> {
  state.ending.startRollback();
  state.hold.resume();
  showPhase(state, 'rolling-back');
  state.journal.note('Rolling back', because);
  refreshDashboard(state);
  let undone = 0;
  const stays: string[] = [];
  for (;;) {
    const failures: { title: string; failure: Failure; undo: Undo }[] = [];
    for (const undo of state.effects.takeUndos()) {
      if (undo.kind === 'effect' && 'none' in undo.effect.undo) {
        stays.push(noteStay(state, undo.effect.title, undo.effect.undo.none));
        continue;
      }
      const result = await undoOne(state, undo);
      if (result === null) undone++;
      else failures.push({ ...result, undo });
    }
    state.effects.putBack(failures.map(({ undo }) => undo));
    if (failures.length === 0 || state.ending.isCancelled) return { undone, stays, failures };
    const first = failures[0] as (typeof failures)[number];
    const sentence = failures.map(({ title, failure }) => `${title}: ${failure.message}`).join(' · ');
    if (
      !(await askToRetry(state, `Roll back (${pluralize(failures.length, 'undo')} failed)`, {
        type: first.failure.type === 'ChangedByOthers' ? 'ChangedByOthers' : 'CompensationFailed',
        message: sentence,
      }))
    )
      return { undone, stays, failures };
  }
}

/** Whether an operator wants another try. */
async function askToRetry(state: RunState, title: string, failure: Failure): Promise<boolean> {
  try {
    await park(state, title, failure, ['retry', 'abandon']);
    return true;
  } catch (error) {
    if (error instanceof Exit) return false;
    throw error;
  }
}

/** Lists what has no undo; nothing can be done about it here. */
function noteStay(state: RunState, title: string, why: string): string {
  state.journal.note(`Stays: ${title}`, why, 'not needed');
  return title;
}

/** Null when it went well; what failed otherwise. */
async function undoOne(state: RunState, undo: Undo): Promise<{ title: string; failure: Failure } | null> {
  if (undo.kind === 'effect') return recordUndo(state, undo.effect.title, () => undoEffect(state, undo.effect));
  const { begin, inner } = undo;
  // What happened inside a bracket is undone inside it: begin again, undo, end again.
  const number = state.effects.countRepeat();
  const again = { ...begin, key: `${begin.key}~again${number}`, step: { ...begin.step, step: `${begin.step.step}~again${number}` } };
  const begun = await recordUndo(state, `Begin again: ${begin.title}`, async () => {
    const { rows, statements, verified, evidence } = await orderWrite(
      state,
      begin.operation,
      { kind: 'write', input: begin.input, step: again.step, effectKey: again.key, token: state.lock.token ?? 0, buildsOn: [] },
      `begin again: ${begin.title}`,
    );
    return { ...(rows === null ? {} : { rows }), statements, verified, evidence };
  });
  if (begun) return begun;
  let failed: { title: string; failure: Failure } | null = null;
  for (const one of [...inner].reverse()) failed = (await undoOne(state, one)) ?? failed;
  return (await recordUndo(state, `End: ${begin.title}`, () => undoEffect(state, again))) ?? failed;
}

/** Puts one undo into the journal; null when it went well. */
async function recordUndo(state: RunState, title: string, body: () => Promise<object>): Promise<{ title: string; failure: Failure } | null> {
  const line = state.journal.begin({ key: `undo: ${title}`, title: `Undo: ${title}`, verb: 'undo', depth: 0 });
  refreshDashboard(state);
  try {
    state.journal.end(line, { outcome: 'undone', ...(await body()) });
    return null;
  } catch (error) {
    const failure = failureOf(error);
    state.journal.end(line, { outcome: 'undo failed', failure });
    return { title, failure };
  }
}

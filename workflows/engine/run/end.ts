import { CancelledFailure } from '@temporalio/workflow';
import type { Outcome, RunResult } from '../../contracts/journal';
import { pluralize } from '../../pure/pluralize';
import { refreshDashboard } from '../display/dashboard';
import { showPhase } from '../display/search-attributes';
import { rollBack } from '../effects/rollback';
import { releaseOf } from '../lock/lock-client';
import { Exit, closing, failureOf, type Failure } from './exit';
import { now } from './journal';
import { reportOf } from './report';
import { closeRun } from './services';
import type { RunState } from './state';

/** Takes every way out but the good end. */
export async function leaveFlow(state: RunState, error: unknown): Promise<never> {
  const exit = error instanceof Exit ? error : new Exit('fail', failureOf(error), '');
  const failure = exit.failure ?? { type: exit.how === 'abandon' ? ('Abandoned' as const) : ('RolledBack' as const), message: exit.message };
  if (exit.how === 'abandon')
    return failRun(state, 'abandoned', { type: 'Abandoned', message: `Abandoned by ${exit.message}. ${describeOpen(state)}` });
  if (failure.type === 'LockLost') return failRun(state, 'failed', { ...failure, message: `${failure.message} ${describeOpen(state)}` });
  if (!state.effects.hasChanged)
    return failRun(state, exit.how === 'roll back' ? 'rolled back' : 'failed', {
      ...failure,
      message: joinSentences(failure.message, 'Nothing had been changed.'),
    });
  const { undone, stays, failures } = await rollBack(state, exit.message);
  if (failures.length)
    return failRun(state, 'failed', {
      type: 'CompensationFailed',
      message: `${failures.map((one) => `${one.title}: ${one.failure.message}`).join(' · ')} ${describeOpen(state)}`,
    });
  return failRun(state, 'rolled back', {
    type: 'RolledBack',
    message: joinSentences(exit.message, describeRollback(undone, stays)),
  });
}

async function failRun(state: RunState, outcome: Outcome, failure: Failure): Promise<never> {
  const cancelled = state.ending.isCancelled && outcome === 'rolled back';
  state.ending.leaveOpen();
  await endRun(state, cancelled ? 'cancelled' : outcome, failure.message);
  if (cancelled) throw new CancelledFailure(failure.message);
  throw closing(failure.type, failure.message, {
    open: state.effects.openTitles,
    ...(state.options.parent ? { effects: state.effects.open } : {}),
  });
}

/** Ends a run: its record is stored and its lock is released. */
export async function endRun(state: RunState, outcome: Outcome, summary: string): Promise<RunResult> {
  state.ending.close(outcome, summary, now());
  showPhase(state, 'done');
  refreshDashboard(state);
  await closeRun(await releaseOf(state), reportOf(state));
  return {
    outcome,
    summary,
    report: `runbook report ${state.workflowId}`,
    ...(state.options.mode === 'plan' && state.plan ? { plan: state.plan } : {}),
    ...(state.options.parent ? { open: state.effects.open } : {}),
  };
}

/** A child's failure may have said the second sentence already. */
const joinSentences = (first: string, second: string): string => (first.endsWith(second) ? first : `${first.replace(/[.\s]*$/, '.')} ${second}`);

function describeRollback(undone: number, stays: readonly string[]): string {
  const back = undone ? `${pluralize(undone, 'change')} undone, verified as before.` : 'Nothing had to be undone.';
  return stays.length ? `${back} Without an undo, as the plan said: ${stays.join(', ')}.` : back;
}

function describeOpen(state: RunState): string {
  const open = state.effects.openTitles;
  return open.length ? `Still open: ${open.join(', ')}. "runbook recover ${state.workflowId}" undoes them from the ledger.` : 'Nothing is open.';
}

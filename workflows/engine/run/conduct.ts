import { CancelledFailure } from '@temporalio/workflow';
import type { Outcome, RunResult } from '../../contracts/journal';
import { pluralize } from '../../pure/pluralize';
import { refreshDashboard } from '../display/dashboard';
import { Exit, closing, failureOf, type Failure } from './exit';
import { now } from './journal';
import { Execution } from '../flow/execution';
import { releaseLock } from '../lock/lock-client';
import { park } from './park';
import type { Flow, FlowParts } from '../flow/define-runbook';
import { requestRehearsal } from '../flow/request-rehearsal';
import { reportOf } from './report';
import { takeInput } from './input';
import { services, store } from './services';
import type { RunState } from './state';
import { showPhase } from '../display/search-attributes';
import { rollBack } from '../effects/rollback';
import type { Closing } from '../flow/verbs';
import { leaveIfAsked, leaveIfTold } from './pause';

/** A run from its input to its end: briefing, rehearsal, live pass, unwinding where needed, record. */
export async function conductRun(state: RunState, { strictInput, flow }: FlowParts, raw: unknown): Promise<RunResult> {
  let end: GoodEnd;
  try {
    takeInput(state, strictInput, raw);
    end = await reached(state, flow);
  } catch (error) {
    return left(state, error);
  }
  return ended(state, end.outcome, end.summary);
}

interface GoodEnd {
  readonly outcome: Outcome;
  readonly summary: string;
}

async function reached(state: RunState, flow: Flow): Promise<GoodEnd> {
  if (!state.isChanging) state.briefing = await services.brief({ target: state.target });
  else {
    await planned(state);
    if (state.plan?.nothingToDo) return { outcome: 'nothing to do', summary: state.plan.nothingToDo };
    if (state.options.mode === 'plan') {
      return {
        outcome: 'planned',
        summary: `The plan ${state.plan?.hash.slice(0, 8) ?? ''} has ${state.plan?.steps.length ?? 0} steps; nothing was changed.`,
      };
    }
  }
  showPhase(state, 'running');
  const closed = await walked(state, flow);
  // What was asked for while the last step ran was accepted, so it holds.
  leaveIfTold(state);
  state.advice.push(...(closed.advice ?? []));
  const nothing = closed.finished && !state.changedSomething;
  return { outcome: nothing ? 'nothing to do' : 'done', summary: closed.summary ?? `${state.header.title}: done on ${state.target}.` };
}

async function planned(state: RunState): Promise<void> {
  showPhase(state, 'rehearsing');
  refreshDashboard(state);
  state.plan = await requestRehearsal(state);
  state.journal.note(
    state.replans ? 'Planned anew' : 'Planned',
    `plan ${state.plan.hash.slice(0, 8)}, ${pluralize(state.plan.steps.length, 'step')}`,
  );
  showPhase(state, 'planned');
  leaveIfAsked(state);
}

/** Walks the flow until its end; after a drift it is rehearsed again and walked again, finished steps answering from memory. */
async function walked(state: RunState, flow: Flow): Promise<Closing & { finished?: boolean }> {
  for (;;) {
    const pass = new Execution(state);
    try {
      const closed = (await flow(pass, state.input as never)) ?? {};
      pass.ended();
      return closed;
    } catch (error) {
      if (error instanceof Exit && error.how === 'finished') return { finished: true, summary: error.message };
      if (error instanceof Exit && error.how === 'replan') {
        await replanned(state, error.message);
        if (state.plan?.nothingToDo && !state.changedSomething) return { finished: true, summary: state.plan.nothingToDo };
      } else if (error instanceof Exit) throw error;
      else await parkedForDefect(state, failureOf(error));
    }
  }
}

async function replanned(state: RunState, because: string): Promise<void> {
  state.replans++;
  state.journal.note('The plan has drifted', because);
  if (!state.changedSomething) forgetLooks(state);
  for (;;) {
    try {
      await planned(state);
      showPhase(state, 'running');
      return;
    } catch (error) {
      if (error instanceof Exit && error.how !== 'fail') throw error;
      const failure = error instanceof Exit && error.failure ? error.failure : failureOf(error);
      await park(state, 'Plan anew', failure, ['retry', 'rollback', 'abandon']);
    }
  }
}

/** Before the first change a new plan measures everything anew; only what people decided is kept. */
function forgetLooks(state: RunState): void {
  for (const key of state.memo.keys()) if (!state.decided.has(key)) state.memo.delete(key);
}

/** A defect of the flow: nobody can retry it, so roll back and abandon remain. */
async function parkedForDefect(state: RunState, failure: Failure): Promise<never> {
  if (!state.changedSomething) throw new Exit('fail', failure, failure.message);
  await park(state, 'The runbook itself', failure, ['rollback', 'abandon']);
  throw new Exit('fail', failure, failure.message);
}

/** Every way out but the good end. */
export async function left(state: RunState, error: unknown): Promise<never> {
  const leave = error instanceof Exit ? error : new Exit('fail', failureOf(error), '');
  const failure = leave.failure ?? { type: leave.how === 'abandon' ? ('Abandoned' as const) : ('RolledBack' as const), message: leave.message };
  if (leave.how === 'abandon')
    return closed(state, 'abandoned', { type: 'Abandoned', message: `Abandoned by ${leave.message}. ${openSentence(state)}` });
  if (failure.type === 'LockLost') return closed(state, 'failed', { ...failure, message: `${failure.message} ${openSentence(state)}` });
  if (!state.changedSomething)
    return closed(state, leave.how === 'roll back' ? 'rolled back' : 'failed', {
      ...failure,
      message: sentence(failure.message, 'Nothing had been changed.'),
    });
  const { undone, stays, failures } = await rollBack(state, leave.message);
  if (failures.length)
    return closed(state, 'failed', {
      type: 'CompensationFailed',
      message: `${failures.map((one) => `${one.title}: ${one.failure.message}`).join(' · ')} ${openSentence(state)}`,
    });
  return closed(state, 'rolled back', {
    type: 'RolledBack',
    message: sentence(leave.message, unwoundSentence(undone, stays)),
  });
}

async function closed(state: RunState, outcome: Outcome, failure: Failure): Promise<never> {
  const cancelled = state.leaving?.how === 'cancel' && outcome === 'rolled back';
  state.keepsWaysBack = true;
  await ended(state, cancelled ? 'cancelled' : outcome, failure.message);
  if (cancelled) throw new CancelledFailure(failure.message);
  throw closing(failure.type, failure.message, {
    open: state.openEffects().map((effect) => effect.title),
    ...(state.options.parent ? { effects: state.openEffects() } : {}),
  });
}

export async function ended(state: RunState, outcome: Outcome, summary: string): Promise<RunResult> {
  state.outcome = outcome;
  state.summary = summary;
  state.endedAt = now();
  showPhase(state, 'done');
  refreshDashboard(state);
  await Promise.all([releaseLock(state), store(reportOf(state))]);
  return {
    outcome,
    summary,
    report: `runbook report ${state.workflowId}`,
    ...(state.options.mode === 'plan' && state.plan ? { plan: state.plan } : {}),
    ...(state.options.parent ? { open: state.openEffects() } : {}),
  };
}

/** A child's failure may have said the second sentence already. */
const sentence = (first: string, second: string): string => (first.endsWith(second) ? first : `${first.replace(/[.\s]*$/, '.')} ${second}`);

function unwoundSentence(undone: number, stays: readonly string[]): string {
  const back = undone ? `${pluralize(undone, 'change')} undone, verified as before.` : 'Nothing had to be undone.';
  return stays.length ? `${back} Without a way back, as the plan said: ${stays.join(', ')}.` : back;
}

function openSentence(state: RunState): string {
  const open = state.openEffects().map((effect) => effect.title);
  return open.length ? `Still open: ${open.join(', ')}. "runbook recover ${state.workflowId}" unwinds them from the ledger.` : 'Nothing is open.';
}

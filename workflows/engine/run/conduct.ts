import { CancelledFailure } from '@temporalio/workflow';
import type { Outcome, RunResult } from '../../contracts/journal';
import { pluralize } from '../../pure/pluralize';
import { refreshDashboard } from '../display/dashboard';
import { Exit, closing, failureOf, type Failure } from './exit';
import { now } from './journal';
import { Execution } from '../flow/execution';
import { releaseOf } from '../lock/lock-client';
import { park } from './park';
import type { Flow, FlowParts } from '../flow/define-runbook';
import { requestRehearsal } from '../flow/request-rehearsal';
import { reportOf } from './report';
import { takeInput } from './input';
import { closeRun, services } from './services';
import type { RunState } from './state';
import { showPhase } from '../display/search-attributes';
import { rollBack } from '../effects/rollback';
import type { Closing } from '../flow/verbs';
import { leaveIfAsked, leaveIfTold } from './pause';
import { whyNobodyMayApprove } from '../gates/situation';

/** Conducts a run from its input to its end: briefing, rehearsal, execution, rollback where needed, record. */
export async function conductRun(state: RunState, { strictInput, flow }: FlowParts, raw: unknown): Promise<RunResult> {
  takeInput(state, strictInput, raw);
  const { outcome, summary } = await runFlow(state, flow);
  return endRun(state, outcome, summary);
}

interface GoodEnd {
  readonly outcome: Outcome;
  readonly summary: string;
}

async function runFlow(state: RunState, flow: Flow): Promise<GoodEnd> {
  if (!state.isChanging) state.briefing = await services.brief({ target: state.target });
  else {
    await planRun(state);
    if (state.plan?.nothingToDo) return { outcome: 'nothing to do', summary: state.plan.nothingToDo };
    if (state.options.mode === 'plan') {
      return {
        outcome: 'planned',
        summary: [
          `The plan ${state.plan?.hash.slice(0, 8) ?? ''} has ${state.plan?.steps.length ?? 0} steps; nothing was changed.`,
          whyNobodyMayApprove(state),
        ]
          .filter(Boolean)
          .join(' '),
      };
    }
  }
  showPhase(state, 'running');
  const closed = await execute(state, flow);
  // What was asked for while the last step ran was accepted, so it holds.
  leaveIfTold(state);
  state.advice.push(...(closed.advice ?? []));
  const nothing = closed.finished && !state.effects.hasChanged;
  return { outcome: nothing ? 'nothing to do' : 'done', summary: closed.summary ?? `${state.header.title}: done on ${state.target}.` };
}

async function planRun(state: RunState): Promise<void> {
  showPhase(state, 'rehearsing');
  refreshDashboard(state);
  state.plan = await requestRehearsal(state);
  state.journal.note(state.replans ? 'Re-planned' : 'Planned', `plan ${state.plan.hash.slice(0, 8)}, ${pluralize(state.plan.steps.length, 'step')}`);
  showPhase(state, 'planned');
  leaveIfAsked(state);
}

/** Executes the flow until its end; after a drift it is rehearsed and executed again, finished steps answering from memory. */
async function execute(state: RunState, flow: Flow): Promise<Closing & { finished?: boolean }> {
  for (;;) {
    const pass = new Execution(state);
    try {
      const closed = (await flow(pass, state.input as never)) ?? {};
      pass.ended();
      return closed;
    } catch (error) {
      if (error instanceof Exit && error.how === 'finished') return { finished: true, summary: error.message };
      if (error instanceof Exit && error.how === 'replan') {
        await replan(state, error.message);
        if (state.plan?.nothingToDo && !state.effects.hasChanged) return { finished: true, summary: state.plan.nothingToDo };
      } else if (error instanceof Exit) throw error;
      else await parkForDefect(state, failureOf(error));
    }
  }
}

async function replan(state: RunState, because: string): Promise<void> {
  state.replans++;
  state.journal.note('The plan has drifted', because);
  // Before the first change a new plan measures everything again; only what people decided is kept.
  if (!state.effects.hasChanged) state.memo.forgetReads();
  for (;;) {
    try {
      await planRun(state);
      showPhase(state, 'running');
      return;
    } catch (error) {
      if (error instanceof Exit && error.how !== 'fail') throw error;
      const failure = error instanceof Exit && error.failure ? error.failure : failureOf(error);
      await park(state, 'Re-plan', failure, ['retry', 'rollback', 'abandon']);
    }
  }
}

/** A defect of the flow: nobody can retry it, so roll back and abandon remain. */
async function parkForDefect(state: RunState, failure: Failure): Promise<never> {
  if (!state.effects.hasChanged) throw new Exit('fail', failure, failure.message);
  await park(state, 'The runbook itself', failure, ['rollback', 'abandon']);
  throw new Exit('fail', failure, failure.message);
}

/** Takes every way out but the good end. */
export async function leaveFlow(state: RunState, error: unknown): Promise<never> {
  const leave = error instanceof Exit ? error : new Exit('fail', failureOf(error), '');
  const failure = leave.failure ?? { type: leave.how === 'abandon' ? ('Abandoned' as const) : ('RolledBack' as const), message: leave.message };
  if (leave.how === 'abandon')
    return failRun(state, 'abandoned', { type: 'Abandoned', message: `Abandoned by ${leave.message}. ${describeOpen(state)}` });
  if (failure.type === 'LockLost') return failRun(state, 'failed', { ...failure, message: `${failure.message} ${describeOpen(state)}` });
  if (!state.effects.hasChanged)
    return failRun(state, leave.how === 'roll back' ? 'rolled back' : 'failed', {
      ...failure,
      message: joinSentences(failure.message, 'Nothing had been changed.'),
    });
  const { undone, stays, failures } = await rollBack(state, leave.message);
  if (failures.length)
    return failRun(state, 'failed', {
      type: 'CompensationFailed',
      message: `${failures.map((one) => `${one.title}: ${one.failure.message}`).join(' · ')} ${describeOpen(state)}`,
    });
  return failRun(state, 'rolled back', {
    type: 'RolledBack',
    message: joinSentences(leave.message, describeRollback(undone, stays)),
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

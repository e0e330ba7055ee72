import type { Outcome, RunResult } from '../../contracts/journal';
import { pluralize } from '../../pure/pluralize';
import { refreshDashboard } from '../display/dashboard';
import { endRun } from './end';
import { Exit, failureOf, type Failure } from './exit';
import { Execution } from '../flow/execution';
import { park } from './park';
import type { Flow, FlowParts } from '../flow/define-runbook';
import { requestRehearsal } from '../flow/request-rehearsal';
import { takeInput } from './input';
import { services } from './services';
import type { RunState } from './state';
import { showPhase } from '../display/search-attributes';
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
      const closing = (await flow(pass, state.input as never)) ?? {};
      pass.assertEnded();
      return closing;
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

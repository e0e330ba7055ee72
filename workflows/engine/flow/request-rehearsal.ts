import { CancellationScope, condition } from '@temporalio/workflow';
import type { Plan } from '../../contracts/journal';
import type { RehearsalAnswer, RehearsalOrder } from '../../contracts/rehearsal';
import { whyRefused } from '../../pure/start-conditions';
import { refreshDashboard } from '../display/dashboard';
import { describeRun } from '../display/search-attributes';
import { closing, flowError, isCancelled } from '../run/exit';
import { now } from '../run/journal';
import { leaveIfTold } from '../run/pause';
import { services } from '../run/services';
import type { RunState } from '../run/state';
import { isFinal, rehearsePatiently, rehearseQuickly } from './activities';

/** More than this does not fit into one message to Temporal (2 MB) with what stands beside it. */
const MAX_ORDER_LENGTH = 1_500_000;

/**
 * Has the flow rehearsed by an activity, and learns with the plan who answers under the target's name.
 *
 * A local activity where everything is quick: one event. An ordinary one with heartbeats, on the target's own task queue where it has
 * one, for everything else. Which of the two is decided by what the local one answered, so a replay decides the same.
 */
export async function requestRehearsal(state: RunState): Promise<Plan> {
  const scope = new CancellationScope({ cancellable: true });
  state.ending.interrupt(scope);
  try {
    return await scope.run(() => rehearseUnlessLeaving(state, scope));
  } catch (error) {
    if (isCancelled(error)) leaveIfTold(state);
    throw error;
  } finally {
    state.ending.interrupt(null);
  }
}

/** Nothing is lost with a rehearsal, so whoever ends the run does not wait for it. */
async function rehearseUnlessLeaving(state: RunState, scope: CancellationScope): Promise<Plan> {
  const watch = new CancellationScope({ cancellable: true });
  watch
    .run(() => condition(() => state.ending.asked !== null))
    .then(
      () => scope.cancel(),
      () => undefined,
    );
  try {
    return await rehearse(state);
  } finally {
    watch.cancel();
  }
}

async function rehearse(state: RunState): Promise<Plan> {
  const order = orderOf(state);
  const quick = state.queue ? null : await tryQuickly(order);
  state.briefing ??= quick?.briefing ?? (await services.brief({ target: state.target }));
  state.rehearsedQuickly = quick !== null && !quick.slow;
  const refusal = whyRefused(state.briefing, state.options);
  if (refusal) throw closing(refusal.type, refusal.message);
  if (quick && !quick.slow) return planOf(quick);
  describeRun(state);
  refreshDashboard(state);
  return planOf(await rehearsePatiently(state, { ...order, briefing: state.briefing }));
}

/** Null where it failed for now, as a connection or a time limit does: a patient one tries again. */
async function tryQuickly(order: RehearsalOrder): Promise<RehearsalAnswer | null> {
  try {
    return await rehearseQuickly(order);
  } catch (error) {
    if (isCancelled(error) || isFinal(error)) throw error;
    return null;
  }
}

function planOf({ plan, failure }: RehearsalAnswer): Plan {
  if (failure) throw closing(failure.type, failure.message);
  if (!plan) throw flowError('A rehearsal ended without a plan.');
  return plan;
}

function orderOf(state: RunState): RehearsalOrder {
  const order: RehearsalOrder = {
    runbook: state.header.id,
    input: state.input,
    options: state.options,
    workflowId: state.workflowId,
    startedAt: state.startedAt,
    askedAt: now(),
    briefing: state.briefing,
    finished: state.memo.entries().map(([key, result]) => (result === undefined ? [key] : [key, result])),
  };
  if (order.finished.length && JSON.stringify(order).length > MAX_ORDER_LENGTH)
    throw closing('AnswerTooLarge', 'The finished steps of this run have more results than one rehearsal can be given; it cannot be re-planned.');
  return order;
}

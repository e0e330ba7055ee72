import { defineSignal, log, setHandler } from '@temporalio/workflow';
import { z } from 'zod';
import { warm } from '../../contracts/warm-up';
import type { TargetIdentity } from '../../contracts/identity';
import type { LockAnswer, LockGrant, LockRequest, LockWaiting } from '../../contracts/lock';
import type { Scope } from '../../contracts/operation-shape';
import { refreshDashboard } from '../display/dashboard';
import { Exit, flowError, isCancelled } from '../run/exit';
import { patientServices, services } from '../run/services';
import type { RunState } from '../run/state';
import { showPhase } from '../display/search-attributes';
import { waitAtMost } from '../run/pause';

/** Signals that the target lock sends to a run. */
export const lockGranted = defineSignal<[LockGrant]>('lockGranted');
export const lockWaiting = defineSignal<[LockWaiting]>('lockWaiting');
export const lockTakenOver = defineSignal<[{ by: string; reason: string }]>('lockTakenOver');

const Grant = warm(z.object({ token: z.int().positive(), changedSincePlan: z.boolean() }));
const Waiting = warm(z.object({ because: z.string() }));
const TakenOver = warm(z.object({ by: z.string(), reason: z.string() }));

const ASK_AGAIN_EVERY_MS = 120_000;

/** Registers the handlers by which a run learns of its lock. Anybody can send such a signal: what is malformed is passed over. */
export function registerLockHandlers(state: RunState): void {
  const description = 'for the target lock only';
  setHandler(
    lockGranted,
    (raw) => {
      const grant = Grant.safeParse(raw);
      if (grant.success) state.lock.receive(grant.data);
    },
    { description },
  );
  setHandler(
    lockWaiting,
    (raw) => {
      const waiting = Waiting.safeParse(raw);
      if (waiting.success && state.lock.keepWaiting(waiting.data.because)) refreshDashboard(state);
    },
    { description },
  );
  setHandler(
    lockTakenOver,
    (raw) => {
      const order = TakenOver.safeParse(raw);
      if (!order.success) return;
      state.lock.lose(
        `${order.data.by} took the target lock over (${order.data.reason}). This run changes nothing more; what is open is listed, and "runbook recover" can undo it.`,
      );
      refreshDashboard(state);
    },
    { description },
  );
}

/** Takes the target lock before the first change; waits for it in turn. Leaves to be re-planned where somebody changed the target meanwhile. */
export async function holdLock(state: RunState): Promise<void> {
  const identity = state.briefing?.identity;
  if (!identity || !state.plan) throw flowError('A change without a plan.');
  const cluster = state.plan.steps.some((step) => step.write?.scope === 'cluster' || step.childScope === 'cluster');
  const again = (): Promise<LockAnswer> => ask(state, identity, cluster ? 'cluster' : 'database');
  const answer = await again();
  const grant = 'granted' in answer ? answer.granted : await waitInTurn(state, answer.waiting, again);
  state.lock.hold(grant);
  if (grant.changedSincePlan) throw new Exit('replan', null, 'another run changed this target since the plan was made');
}

/** The same for a recovery: it takes the place of the ended run that needs clean-up. */
export async function holdLockAsSuccessor(state: RunState, endedRun: string): Promise<void> {
  const identity = state.briefing?.identity;
  if (!identity) throw flowError('A recovery without a target.');
  const again = (): Promise<LockAnswer> => ask(state, identity, 'cluster', endedRun);
  const answer = await again();
  state.lock.hold('granted' in answer ? answer.granted : await waitInTurn(state, answer.waiting, again));
}

async function ask(state: RunState, identity: TargetIdentity, scope: Scope, successorOf?: string): Promise<LockAnswer> {
  state.lock.ask();
  const request: LockRequest = {
    systemIdentifier: identity.systemIdentifier,
    database: identity.database,
    scope,
    workflowId: state.workflowId,
    runId: state.runId,
    firstRunId: state.firstRunId,
    runbook: state.header.id,
    target: state.target,
    requestedBy: state.options.by ?? null,
    floor: state.briefing?.ledgerToken ?? 0,
    plannedAt: state.plan?.madeAt ?? state.startedAt,
    ...(successorOf ? { successorOf } : {}),
  };
  try {
    return await services.acquireLock(request);
  } catch (error) {
    if (isCancelled(error)) throw error;
    return patientServices.acquireLock(request);
  }
}

/** Waits in turn. Asks again now and then: the lock's signal may have been lost, and who asks again keeps the place. */
async function waitInTurn(state: RunState, waiting: LockWaiting, askAgain: () => Promise<LockAnswer>): Promise<LockGrant> {
  const { lock, phase: before } = state;
  lock.startWaiting(waiting.because);
  state.journal.note('Waiting for the target lock', waiting.because);
  showPhase(state, 'waiting-for-lock');
  refreshDashboard(state);
  try {
    while (lock.grant === null) {
      const { inTime } = await waitAtMost(state, ASK_AGAIN_EVERY_MS, () => lock.grant !== null, 'ask the target lock again');
      if (inTime) break;
      const answer = await askAgain();
      if ('granted' in answer) lock.receive(answer.granted);
      else lock.keepWaiting(answer.waiting.because);
      refreshDashboard(state);
    }
  } finally {
    lock.stopWaiting();
  }
  showPhase(state, before);
  refreshDashboard(state);
  if (!lock.grant) throw flowError('The lock was granted and is gone.');
  return lock.grant;
}

/** Lets go of the lock, or of the place in its queue; what is still open keeps it at "needs clean-up". */
export async function releaseLock(state: RunState): Promise<void> {
  const identity = state.briefing?.identity;
  if (!identity || !state.lock.mustBeReleased) return;
  const release = services.releaseLock({
    systemIdentifier: identity.systemIdentifier,
    workflowId: state.workflowId,
    open: state.ending.leavesOpen ? state.effects.openTitles : [],
  });
  // A lock that cannot be told now looks after its holder itself; a run that ended well must not be undone for that.
  await release.catch((error: unknown) => log.warn('The target lock could not be told of the end.', { error: String(error) }));
}

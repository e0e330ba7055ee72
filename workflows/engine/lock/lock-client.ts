import { CancellationScope, defineSignal, setHandler } from '@temporalio/workflow';
import { z } from 'zod';
import { warm } from '../../contracts/warm-up';
import type { TargetIdentity } from '../../contracts/identity';
import type { Plan, PlannedStep } from '../../contracts/journal';
import type { LockAnswer, LockGrant, LockRelease, LockRequest, LockWaiting } from '../../contracts/lock';
import type { Scope } from '../../contracts/operation-shape';
import { refreshDashboard } from '../display/dashboard';
import { Exit, flowError, isCancelled } from '../run/exit';
import { patientServices, releaseLock, services } from '../run/services';
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

/**
 * Asks for the target lock beside a read, where only quick reads stand before the first change: the answer is there when it is needed.
 * Nothing that people or the world may take their time for is between, or others would wait for a run that changes nothing.
 */
export function askAhead(state: RunState, key: string): void {
  const { lock, plan, briefing } = state;
  if (!plan || !briefing || !lock.canAskAhead || !state.rehearsedQuickly || !isChangeNext(plan.steps, key)) return;
  const answer = CancellationScope.nonCancellable(() => services.acquireLock(requestOf(state, briefing.identity, scopeOf(plan))));
  lock.askAhead(answer.catch(() => null));
}

/** Whether only reads stand between a step of the plan and its first change. */
function isChangeNext(steps: readonly PlannedStep[], key: string): boolean {
  const at = steps.findIndex((step) => step.key === key);
  const next = at < 0 ? undefined : steps.slice(at).find((step) => !step.finished && !['check', 'require', 'finishIf'].includes(step.verb));
  return next?.write !== undefined;
}

/** Gives the place back that was asked for ahead: the run waits for people before it changes anything. */
export async function giveBackLock(state: RunState): Promise<void> {
  const { lock } = state;
  if (!lock.isAskedAhead) return;
  const release = await releaseOf(state);
  if (release) await releaseLock(release);
  lock.giveBack();
}

/** Takes the target lock before the first change; waits for it in turn. Leaves to be re-planned where somebody changed the target meanwhile. */
export async function holdLock(state: RunState): Promise<void> {
  const identity = state.briefing?.identity;
  if (!identity || !state.plan) throw flowError('A change without a plan.');
  const scope = scopeOf(state.plan);
  const again = (): Promise<LockAnswer> => ask(state, identity, scope);
  const answer = (await state.lock.takeAnswer()) ?? (await again());
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
  const request = requestOf(state, identity, scope, successorOf);
  try {
    return await services.acquireLock(request);
  } catch (error) {
    if (isCancelled(error)) throw error;
    return patientServices.acquireLock(request);
  }
}

/** A change of the cluster excludes every other run on it. */
const scopeOf = ({ steps }: Plan): Scope =>
  steps.some((step) => step.write?.scope === 'cluster' || step.childScope === 'cluster') ? 'cluster' : 'database';

function requestOf(state: RunState, identity: TargetIdentity, scope: Scope, successorOf?: string): LockRequest {
  return {
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

/** What the lock is told when the run lets go of it, or of its place in the queue; null where it knows nothing of the run. */
export async function releaseOf(state: RunState): Promise<LockRelease | null> {
  const identity = state.briefing?.identity;
  if (!identity || !state.lock.mustBeReleased) return null;
  // An answer that is still on its way would come after the release.
  await state.lock.takeAnswer();
  return {
    systemIdentifier: identity.systemIdentifier,
    workflowId: state.workflowId,
    // What is still open keeps the lock at "needs clean-up".
    open: state.ending.leavesOpen ? state.effects.openTitles : [],
  };
}

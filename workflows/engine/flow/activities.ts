import {
  ActivityCancellationType,
  ActivityFailure,
  ApplicationFailure,
  isCancellation,
  proxyActivities,
  proxyLocalActivities,
} from '@temporalio/workflow';
import type { LookOrder, Order, Tried, UndoAnswer, UndoOrder, WriteAnswer, WriteOrder } from '../../contracts/orders';
import type { Request } from '../../contracts/operation-shape';
import type { RunState } from '../run/state';
import { persist, triedNow } from './attempts';
import { REHEARSE, type RehearsalAnswer, type RehearsalOrder } from '../../contracts/rehearsal';

type ByName = Record<string, (order: unknown) => Promise<unknown>>;

/** Where the operations of a run go: the target's own task queue, or null for the run's worker. */
export type Queue = string | null;

// Ordinary activities: the real limits are the operation's own; a killed worker's step is taken up again after the heartbeat time-out.
const ORDINARY = {
  startToCloseTimeout: '24 hours',
  heartbeatTimeout: '5 seconds',
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  // The next attempt is the run's own decision: see persist.
  retry: { maximumAttempts: 1 },
} as const;

const LOCAL = {
  startToCloseTimeout: '4 seconds',
  scheduleToCloseTimeout: '4 seconds',
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  retry: { maximumAttempts: 1 },
} as const;

type AnyOrder = Order | LookOrder | RehearsalOrder;

/** Runs an operation as an ordinary activity: visible, pausable and cancellable in the Temporal UI. */
function ordinary<T>(state: RunState, name: string, order: AnyOrder, summary: string, earlier?: Tried): Promise<T> {
  const { queue } = state;
  const proxy = proxyActivities<ByName>({ ...ORDINARY, summary: summary.slice(0, 200), ...(queue ? { taskQueue: queue } : {}) });
  return persist(state, summary, (tried) => proxy[name]?.(tried ? { ...order, tried } : order) as Promise<T>, earlier);
}

function local<T>(name: string, order: AnyOrder, summary: string): Promise<T> {
  const proxy = proxyLocalActivities<ByName>({ ...LOCAL, summary: summary.slice(0, 200) });
  return proxy[name]?.(order) as Promise<T>;
}

/** Runs a quick look as a local activity (one history event), and as an ordinary one where that failed for now. */
async function quick<T>(state: RunState, name: string, order: Order | LookOrder, summary: string): Promise<T> {
  if (state.queue) return ordinary(state, name, order, summary);
  try {
    return await local<T>(name, order, summary);
  } catch (error) {
    if (isCancellation(error) || isFinal(error)) throw error;
    return ordinary<T>(state, name, order, summary, triedNow(error));
  }
}

/** Whether nobody may try again. */
export const isFinal = (error: unknown): boolean =>
  error instanceof ActivityFailure && error.cause instanceof ApplicationFailure && error.cause.nonRetryable === true;

/** A read of the world. */
export const readWorld = (state: RunState, { operation, pace, input }: Request<'read', unknown>, title: string): Promise<unknown> =>
  (pace === 'quick' ? quick : ordinary)(state, operation, { kind: 'read', input }, title);

/** Several quick reads in one activity. */
export const look = (state: RunState, order: LookOrder, title: string): Promise<unknown[]> => quick(state, 'look', order, title);

/** A rehearsal of quick reads only: one event of the history. */
export const rehearseQuickly = (order: RehearsalOrder): Promise<RehearsalAnswer> => local(REHEARSE, order, 'rehearsal');

/** A rehearsal that takes its time, with heartbeats; repeated from its start where its worker was killed. */
export const rehearsePatiently = (state: RunState, order: RehearsalOrder): Promise<RehearsalAnswer> => ordinary(state, REHEARSE, order, 'rehearsal');

export const orderWrite = (state: RunState, operation: string, order: WriteOrder, title: string): Promise<WriteAnswer> =>
  ordinary(state, operation, order, title);

export const orderUndo = (state: RunState, undoOperation: string, order: UndoOrder, title: string): Promise<UndoAnswer> =>
  ordinary(state, undoOperation, order, `undo: ${title}`);

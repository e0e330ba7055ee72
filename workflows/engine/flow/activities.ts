import {
  ActivityCancellationType,
  ActivityFailure,
  ApplicationFailure,
  isCancellation,
  proxyActivities,
  proxyLocalActivities,
} from '@temporalio/workflow';
import type { LookOrder, Order, UndoAnswer, UndoOrder, WriteAnswer, WriteOrder } from '../../contracts/orders';
import type { Pace } from '../../contracts/operation-shape';
import { REHEARSE, type RehearsalAnswer, type RehearsalOrder } from '../../contracts/rehearsal';

type ByName = Record<string, (order: unknown) => Promise<unknown>>;

/** Where the operations of a run go: the target's own task queue, or null for the run's worker. */
export type Queue = string | null;

// Ordinary activities: the real limits are the operation's own; a killed worker's step is taken up again after the heartbeat time-out.
const ORDINARY = {
  startToCloseTimeout: '24 hours',
  heartbeatTimeout: '5 seconds',
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  retry: { initialInterval: '500 milliseconds', backoffCoefficient: 2, maximumInterval: '10 seconds' },
} as const;

const LOCAL = {
  startToCloseTimeout: '4 seconds',
  scheduleToCloseTimeout: '4 seconds',
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  retry: { maximumAttempts: 1 },
} as const;

type AnyOrder = Order | LookOrder | RehearsalOrder;

/** Runs an operation as an ordinary activity: visible, pausable and cancellable in the Temporal UI. */
function ordinary<T>(name: string, order: AnyOrder, summary: string, queue: Queue): Promise<T> {
  const proxy = proxyActivities<ByName>({ ...ORDINARY, summary: summary.slice(0, 200), ...(queue ? { taskQueue: queue } : {}) });
  return proxy[name]?.(order) as Promise<T>;
}

function local<T>(name: string, order: AnyOrder, summary: string): Promise<T> {
  const proxy = proxyLocalActivities<ByName>({ ...LOCAL, summary: summary.slice(0, 200) });
  return proxy[name]?.(order) as Promise<T>;
}

/** Runs a quick look as a local activity (one history event), and as an ordinary one where that failed for now. */
async function quick<T>(name: string, order: Order | LookOrder, summary: string, queue: Queue): Promise<T> {
  if (queue) return ordinary(name, order, summary, queue);
  try {
    return await local<T>(name, order, summary);
  } catch (error) {
    if (isCancellation(error) || isFinal(error)) throw error;
    return ordinary<T>(name, order, summary, queue);
  }
}

/** Whether nobody may try again. */
export const isFinal = (error: unknown): boolean =>
  error instanceof ActivityFailure && error.cause instanceof ApplicationFailure && error.cause.nonRetryable === true;

/** A read of the world. */
export const readWorld = (operation: string, pace: Pace, input: { target: string }, title: string, queue: Queue): Promise<unknown> =>
  (pace === 'quick' ? quick : ordinary)(operation, { kind: 'read', input }, title, queue);

/** Several quick reads in one activity. */
export const look = (order: LookOrder, title: string, queue: Queue): Promise<unknown[]> => quick('look', order, title, queue);

/** A rehearsal of quick reads only: one event of the history. */
export const rehearseQuickly = (order: RehearsalOrder): Promise<RehearsalAnswer> => local(REHEARSE, order, 'rehearsal');

/** A rehearsal that takes its time, with heartbeats; repeated from its start where its worker was killed. */
export const rehearsePatiently = (order: RehearsalOrder, queue: Queue): Promise<RehearsalAnswer> => ordinary(REHEARSE, order, 'rehearsal', queue);

export const orderWrite = (operation: string, order: WriteOrder, title: string, queue: Queue): Promise<WriteAnswer> =>
  ordinary(operation, order, title, queue);

export const orderUndo = (undoOperation: string, order: UndoOrder, title: string, queue: Queue): Promise<UndoAnswer> =>
  ordinary(undoOperation, order, `undo: ${title}`, queue);

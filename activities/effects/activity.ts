import { CancelledFailure, Context, heartbeat } from '@temporalio/activity';
import type { LookOrder, Order } from '../../workflows/contracts/orders';
import { applicationFailure } from './boundary';
import type { Attempt, Stage } from './attempt';
import { KernelFailure } from '../sql/kernel-failure';
import { preview, read } from './look';
import type { Operation, ReadOperation, WriteOperation } from './operation';
import type { Sessions } from '../sql/session';
import { perform } from './perform';
import { sqlEffect } from './sql-effect';

/** All operations by name, as the composition root collects them. */
export type Operations = Readonly<Record<string, Operation>>;
/** Told of each stage of a write, and of the end of each order; tests cut a worker there. */
export type OnStage = (operation: string, kind: Order['kind'], stage: Stage) => void | Promise<void>;

/** Makes the activities: one for each operation, which takes any order for it, and `look` for several quick reads at once. */
export function activitiesOf(
  operations: Operations,
  sessions: Sessions,
  onStage: OnStage = () => undefined,
): Record<string, (order: never) => Promise<unknown>> {
  const activity = (name: string) => (order: Order) =>
    atBoundary(async () => {
      const answer = await answerOrder(operations, sessions, name, order, onStage);
      await onStage(name, order.kind, 'answered');
      return answer;
    });
  const look = (order: LookOrder): Promise<unknown[]> =>
    atBoundary(async () => {
      const answers: unknown[] = [];
      for (const { operation, input } of order.reads) answers.push(await read(sessions, operation, readNamed(operations, operation), input));
      await onStage('look', 'read', 'answered');
      return answers;
    });
  return { ...Object.fromEntries(Object.keys(operations).map((name) => [name, activity(name)])), look };
}

async function answerOrder(operations: Operations, sessions: Sessions, name: string, order: Order, onStage: OnStage): Promise<unknown> {
  if (order.kind === 'read') return read(sessions, name, readNamed(operations, name), order.input, Context.current().cancellationSignal);
  if (order.kind === 'preview') return preview(sessions, name, writeNamed(operations, name), order.input);
  const effect =
    order.kind === 'write'
      ? { name, operation: writeNamed(operations, name) }
      : { name: order.operation, operation: writeNamed(operations, order.operation), undoName: name, undoing: writeNamed(operations, name) };
  return perform(
    sqlEffect(sessions, effect),
    order,
    attemptOf((stage) => onStage(name, order.kind, stage)),
  );
}

/** The attempt that this activity is. */
export const attemptOf = (at: Attempt['at']): Attempt => ({
  number: Context.current().info.attempt,
  signal: Context.current().cancellationSignal,
  at,
});

/** Heartbeats each second while the work runs; cancels, pauses and failures leave in the form that Temporal understands. */
export async function atBoundary<T>(work: () => Promise<T>): Promise<T> {
  const context = Context.current();
  const beats = context.info.isLocal ? null : setInterval(() => heartbeat(), 1_000);
  if (beats) heartbeat();
  try {
    return await work();
  } catch (error) {
    if (context.cancellationSignal.aborted)
      throw new CancelledFailure('The step was cancelled; its statement was cancelled on the server and its transaction rolled back.');
    throw applicationFailure(error, context.info.attempt);
  } finally {
    if (beats) clearInterval(beats);
  }
}

function readNamed(operations: Operations, name: string): ReadOperation {
  const found = operations[name];
  if (found?.effect !== 'read') throw new KernelFailure('FlowError', `${name} is no read.`);
  return found;
}

function writeNamed(operations: Operations, name: string): WriteOperation {
  const found = operations[name];
  if (!found || found.effect === 'read') throw new KernelFailure('FlowError', `${name} is no write.`);
  return found;
}

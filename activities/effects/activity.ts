import { CancelledFailure, Context, heartbeat } from '@temporalio/activity';
import type { AttemptDetails, LookOrder, Order, Tried } from '../../workflows/contracts/orders';
import { applicationFailure } from './boundary';
import { noProgress, type Attempt, type Stage } from './attempt';
import { KernelFailure } from '../sql/kernel-failure';
import { preview, read } from './look';
import type { Operation, ReadOperation, WriteOperation } from './operation';
import type { Sessions } from '../sql/session';
import { perform } from './perform';
import { watchedSessions, type ServerWatch } from './server-watch';
import { sqlEffect } from './sql-effect';

/** All operations by name, as the composition root collects them. */
export type Operations = Readonly<Record<string, Operation>>;
/** Told of each stage of a write, and of the end of each order; tests cut a worker there. */
export type OnStage = (operation: string, kind: Order['kind'], stage: Stage, attempt: number) => void | Promise<void>;

/** Makes the activities: one for each operation, which takes any order for it, and `look` for several quick reads at once. */
export function activitiesOf(
  operations: Operations,
  sessions: Sessions,
  onStage: OnStage = () => undefined,
): Record<string, (order: never) => Promise<unknown>> {
  const activity = (name: string) => (order: Order) =>
    atBoundary(order.tried, async (at) => {
      const answer = await answerOrder({ operations, sessions, onStage }, name, order, at);
      await onStage(name, order.kind, 'answered', at.number);
      return answer;
    });
  const look = (order: LookOrder): Promise<unknown[]> =>
    atBoundary(order.tried, async ({ watch, number }) => {
      const watched = watchedSessions(sessions, watch, false);
      const answers: unknown[] = [];
      for (const { operation, input } of order.reads) answers.push(await read(watched, operation, readNamed(operations, operation), input));
      await onStage('look', 'read', 'answered', number);
      return answers;
    });
  return { ...Object.fromEntries(Object.keys(operations).map((name) => [name, activity(name)])), look };
}

interface Parts {
  readonly operations: Operations;
  readonly sessions: Sessions;
  readonly onStage: OnStage;
}

async function answerOrder({ operations, sessions, onStage }: Parts, name: string, order: Order, at: Boundary): Promise<unknown> {
  const watched = watchedSessions(sessions, at.watch, order.kind === 'write' || order.kind === 'undo');
  if (order.kind === 'read') return read(watched, name, readNamed(operations, name), order.input, at.signal);
  if (order.kind === 'preview') return preview(watched, name, writeNamed(operations, name), order.input);
  const effect =
    order.kind === 'write'
      ? { name, operation: writeNamed(operations, name) }
      : { name: order.operation, operation: writeNamed(operations, order.operation), undoName: name, undoing: writeNamed(operations, name) };
  return perform(sqlEffect(watched, effect), order, { ...at, at: (stage) => onStage(name, order.kind, stage, at.number) });
}

/** The attempt that an activity is, as the boundary knows it. */
export type Boundary = Pick<Attempt, 'number' | 'signal' | 'progress'> & { readonly watch: ServerWatch };

/**
 * Heartbeats each second while the work runs, with the server that it met; cancels, pauses and failures leave in the form that Temporal
 * understands, with what the next attempt must know.
 */
export async function atBoundary<T>(tried: Tried | undefined, work: (at: Boundary) => Promise<T>): Promise<T> {
  const { info, cancellationSignal: signal } = Context.current();
  const at: Boundary = {
    number: (tried?.times ?? 0) + info.attempt,
    signal,
    watch: { last: tried?.server },
    progress: { ...noProgress(), mayHaveActed: tried?.mayHaveActed ?? false },
  };
  const details = (): AttemptDetails => ({
    ...(at.watch.last ? { server: at.watch.last } : {}),
    ...(at.progress.mayHaveActed ? {} : { acted: false as const }),
  });
  const beat = (): void => heartbeat({ server: at.watch.last });
  const beats = info.isLocal ? null : setInterval(beat, 1_000);
  try {
    return await work(at);
  } catch (error) {
    if (signal.aborted && !at.progress.ignoresCancel)
      throw new CancelledFailure('The step was cancelled; its statement was cancelled on the server and its transaction rolled back.', [details()]);
    throw applicationFailure(error, at.number, details());
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

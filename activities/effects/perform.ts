import type { UndoAnswer, UndoOrder, WriteAnswer, WriteOrder } from '../../workflows/contracts/orders';
import { meaningOf } from '../sql/sqlstates';
import type { Attempt } from './attempt';
import type { Orderable } from './carrier';
import { undo } from './undo';
import { write } from './write';

/** The only way to an effect: makes one exactly once, or undoes it, whatever the operation and wherever its record is kept. */
export function perform(operation: Orderable, order: WriteOrder, attempt: Attempt): Promise<WriteAnswer>;
export function perform(operation: Orderable, order: UndoOrder, attempt: Attempt): Promise<UndoAnswer>;
export function perform(operation: Orderable, order: WriteOrder | UndoOrder, attempt: Attempt): Promise<WriteAnswer | UndoAnswer>;
export async function perform(operation: Orderable, order: WriteOrder | UndoOrder, attempt: Attempt): Promise<WriteAnswer | UndoAnswer> {
  const once = (): Promise<WriteAnswer | UndoAnswer> =>
    order.kind === 'write' ? writeOnce(operation, order, attempt) : undoOnce(operation, order, attempt);
  try {
    return await once();
  } catch (error) {
    // The reply is lost. The same call again reads the ledger first: it finds the effect, or makes it.
    if (meaningOf(error) !== 'unknown' || attempt.signal.aborted) throw error;
    return once();
  }
}

const writeOnce = (operation: Orderable, order: WriteOrder, attempt: Attempt): Promise<WriteAnswer> =>
  operation.toWrite(order, attempt, async (opened) => {
    await attempt.at('connected');
    return write({ ...opened, order, attempt, input: opened.change.operation.input.parse(order.input) });
  });

const undoOnce = (operation: Orderable, order: UndoOrder, attempt: Attempt): Promise<UndoAnswer> =>
  operation.toUndo(order, attempt, async (opened) => {
    await attempt.at('connected');
    return undo({ ...opened, order, attempt });
  });

import type { UndoAnswer, UndoOrder } from '../../workflows/contracts/orders';
import { applicationName, settingsOf, type Attempt } from './attempt';
import { endEarlierAttempts } from './earlier-attempts';
import { checkFence, checkIdentity } from './guard';
import { KernelFailure } from '../sql/kernel-failure';
import * as ledger from './ledger';
import type { LedgerRow } from './ledger';
import { statementsOf, type WriteOperation } from './operation';
import { runEach } from './run-each';
import { inTransaction, type Place, type Session, type Sessions } from '../sql/session';
import { rendered, type Sql } from '../sql/sql';
import { judge, mustHold } from './verdict';

/** A write that is undone and the operation that undoes it. */
export interface Pair {
  readonly name: string;
  readonly operation: WriteOperation;
  readonly undoName: string;
  readonly undoing: WriteOperation;
}

/**
 * Undoes an effect, whatever became of it: one that never happened gets a tombstone and never will;
 * one that happened is restored from the `before` in its ledger row, if the world still is as we left it.
 */
export async function undo(sessions: Sessions, pair: Pair, order: UndoOrder, attempt: Attempt): Promise<UndoAnswer> {
  const input = pair.operation.input.parse(order.input);
  // The undo's sessions have a name of their own: ending the write's late attempts must not end them.
  const settings = settingsOf(pair.undoing, `${applicationName(order.step, attempt.number)}:undo`, input);
  const wanted = {
    target: input.target as string,
    login: pair.undoing.login,
    node: pair.undoing.node ?? 'primary',
    settings,
    signal: attempt.signal,
  } as const;
  return sessions.use(wanted, async (session, place) => {
    await attempt.at('connected');
    const outside = pair.operation.repeat !== 'transactional' || pair.undoing.repeat !== 'transactional';
    return outside ? undoOutsideTransaction(session, place, pair, order, attempt) : undoInTransaction(session, place, pair, order, attempt);
  });
}

async function undoInTransaction(session: Session, place: Place, pair: Pair, order: UndoOrder, attempt: Attempt): Promise<UndoAnswer> {
  const answer = await inTransaction(session, 'READ WRITE', async () => {
    const row = await rowOrTombstone(session, place, pair, order);
    if ('how' in row) return row;
    const statements = await restored(session, pair, row, attempt);
    const verified = await mustHold(session, pair.undoName, pair.undoing.verify(undoInput(pair, row), beforeOf(row)));
    const evidence = await ledger.mark(session, order.effectKey, 'undone');
    await attempt.at('before commit');
    return { how: 'undone' as const, statements, verified, evidence };
  });
  await attempt.at('committed');
  return answer;
}

async function undoOutsideTransaction(session: Session, place: Place, pair: Pair, order: UndoOrder, attempt: Attempt): Promise<UndoAnswer> {
  const row = await inTransaction(session, 'READ WRITE', async () => {
    const found = await rowOrTombstone(session, place, pair, order);
    if (!('how' in found)) await ledger.mark(session, order.effectKey, 'undoing');
    return found;
  });
  await attempt.at('claimed');
  if ('how' in row) return row;
  await endEarlierAttempts(session, order.step);
  const statements = await restored(session, pair, row, attempt);
  const verified = await mustHold(session, pair.undoName, pair.undoing.verify(undoInput(pair, row), beforeOf(row)));
  await attempt.at('verified');
  const evidence = await inTransaction(session, 'READ WRITE', () => ledger.mark(session, order.effectKey, 'undone'));
  await attempt.at('committed');
  return { how: 'undone', statements, verified, evidence };
}

async function rowOrTombstone(session: Session, place: Place, pair: Pair, order: UndoOrder): Promise<LedgerRow | UndoAnswer> {
  await checkIdentity(session, place, pair.undoing.node ?? 'primary');
  await checkFence(session, order.token);
  const buried = await ledger.bury(session, order.effectKey, order.step, pair.name, place.address);
  if (buried) return { how: 'never', statements: [], verified: 'it had never happened, and a late attempt will stay out', evidence: null };
  const row = await ledger.lockRow(session, order.effectKey);
  if (!row) throw new KernelFailure('OutcomeUnknown', `The ledger row ${order.effectKey} was there and is gone.`, 'soon');
  if (row.state === 'never' || row.state === 'undone')
    return { how: 'already', statements: [], verified: `the ledger says "${row.state}"`, evidence: null };
  // A claim whose `before` was never stored has not acted.
  if (row.before === null) {
    const evidence = await ledger.mark(session, order.effectKey, 'undone');
    return { how: 'never', statements: [], verified: 'it had only been claimed', evidence };
  }
  return row;
}

/** Restores only what still is as we left it; what is back already needs nothing; what others changed is theirs. */
async function restored(session: Session, pair: Pair, row: LedgerRow, attempt: Attempt): Promise<string[]> {
  const input = undoInput(pair, row);
  const back = await judge(session, pair.undoing.verify(input, beforeOf(row)));
  if (back.holds) return [];
  const left = await judge(session, pair.operation.verify(inputOf(pair, row), beforeOf(row)));
  const ours = left.holds ? beforeOf(row) : await halfDone(session, pair, row);
  if (ours === null) {
    throw new KernelFailure(
      'ChangedByOthers',
      `${pair.undoName} would overwrite a change that is not ours: we left ${left.expected}, there is now ${left.seen}, and before us it was ${back.expected}. Nothing was changed. Set it as it should be, then retry; or abandon.`,
    );
  }
  const statements: readonly Sql[] = statementsOf(pair.undoing.statement(undoInput(pair, row, ours), ours));
  await runEach(session, pair.undoing, statements, attempt);
  return statements.map(rendered).slice(0, 20);
}

/**
 * What is still to be restored where only some of the objects were reached: by the change, when it was cut or passed some over, or by an
 * earlier attempt at its undo. Null where one is neither as it was nor as we left it: that one is somebody else's.
 */
async function halfDone(session: Session, pair: Pair, row: LedgerRow): Promise<readonly unknown[] | null> {
  if (!pair.operation.passesOver || row.state === 'done') return null;
  const ours: unknown[] = [];
  for (const one of beforeOf(row)) {
    if ((await judge(session, pair.undoing.verify(undoInput(pair, row, [one]), [one]))).holds) continue;
    if (!(await judge(session, pair.operation.verify(inputOf(pair, row), [one]))).holds) return null;
    ours.push(one);
  }
  return ours;
}

const beforeOf = (row: LedgerRow): readonly unknown[] => row.before as readonly unknown[];
const inputOf = (pair: Pair, row: LedgerRow): Record<string, unknown> => pair.operation.input.parse(row.input);

function undoInput(pair: Pair, row: LedgerRow, before = beforeOf(row)): Record<string, unknown> {
  const { undo: way } = pair.operation;
  if (!('by' in way)) throw new KernelFailure('CompensationFailed', `${pair.name} has no way back: ${way.none}`);
  return pair.undoing.input.parse(way.input(inputOf(pair, row), before));
}

import type { UndoOrder, WriteOrder } from '../../workflows/contracts/orders';
import { inTransaction, type Last, type Session, type SessionWanted, type Sessions } from '../sql/session';
import { applicationName, settingsOf, type Attempt } from './attempt';
import type { Carrier, Orderable } from './carrier';
import type { Input } from './change';
import { awaitEarlierAttempts, endEarlierAttempts } from './earlier-attempts';
import { refuseWrongServer, type Guard } from './guard';
import type { WriteOperation } from './operation';
import { sqlChange } from './sql-change';

/** A write by SQL, with the operation that undoes it where there is one. */
export interface SqlEffect {
  readonly name: string;
  readonly operation: WriteOperation;
  readonly undoName?: string;
  readonly undoing?: WriteOperation;
}

/** Orders for a write by SQL: its ledger is in the target, and the session that acts is the one that claims. */
export const sqlEffect = (sessions: Sessions, { name, operation, undoName = '', undoing = operation }: SqlEffect): Orderable => ({
  toWrite: (order, attempt, body) =>
    sessions.use(wantedFor(operation, { input: operation.input.parse(order.input), order, attempt }), (session, place) => {
      const guard = { place, node: operation.node ?? ('primary' as const), plannedOid: order.planned?.databaseOid };
      const together = operation.repeat === 'transactional';
      return body({ carrier: carrierOf(session, guard, together), change: sqlChange(session, name, operation, together) });
    }),
  toUndo: (order, attempt, body) =>
    sessions.use(wantedFor(undoing, { input: operation.input.parse(order.input), order, attempt }), (session, place) => {
      const guard = { place, node: undoing.node ?? ('primary' as const), plannedOid: undefined };
      const together = operation.repeat === 'transactional' && undoing.repeat === 'transactional';
      return body({
        carrier: carrierOf(session, guard, together),
        change: sqlChange(session, name, operation, together),
        undoing: sqlChange(session, undoName, undoing, together),
      });
    }),
});

interface Wanting {
  readonly input: Input;
  readonly order: WriteOrder | UndoOrder;
  readonly attempt: Attempt;
}

function wantedFor(operation: WriteOperation, { input, order, attempt }: Wanting): SessionWanted {
  // The undo's sessions have a name of their own: ending the write's late attempts must not end them.
  const name = `${applicationName(order.step, attempt.number)}${order.kind === 'undo' ? ':undo' : ''}`;
  return {
    target: input.target as string,
    login: operation.login,
    node: operation.node ?? 'primary',
    settings: settingsOf(operation, name, input),
    signal: attempt.signal,
  };
}

const carrierOf = (session: Session, guard: Guard, together: boolean): Carrier =>
  together ? transaction(session, guard) : statements(session, guard);

/** Claim, change, verdict and mark are one transaction of the target: they happen together or not at all. */
function transaction(session: Session, guard: Guard): Carrier {
  let last: Last | null = null;
  return {
    ...inTarget(session, guard),
    atomic: true,
    whole: (body) =>
      transact(session, guard, (ending) => {
        last = ending;
        return body();
      }),
    visit: (body) => body(session, (statement) => (last ?? session.query)(statement)),
    // A racing attempt waits at the claim, and a dead one's transaction is rolled back.
    awaitEarlier: () => Promise.resolve(),
    endEarlier: () => Promise.resolve(),
  };
}

/** For statements that run in no transaction: the claim with `before` is committed first, and each later visit by itself. */
const statements = (session: Session, guard: Guard): Carrier => ({
  ...inTarget(session, guard),
  atomic: false,
  whole: (body) => body(),
  visit: (body) => transact(session, guard, (last) => body(session, last)),
  awaitEarlier: (step, signal) => awaitEarlierAttempts(session, step, signal),
  endEarlier: (step) => endEarlierAttempts(session, step),
});

const inTarget = (session: Session, guard: Guard): Pick<Carrier, 'address' | 'manyActs' | 'guard'> => ({
  address: guard.place.address,
  manyActs: false,
  guard,
});

async function transact<T>(session: Session, guard: Guard, body: (last: Last) => Promise<T>): Promise<T> {
  try {
    return await inTransaction(session, 'READ WRITE', body);
  } catch (error) {
    await refuseWrongServer(session, guard, error);
    throw error;
  }
}

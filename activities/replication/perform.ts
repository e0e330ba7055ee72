import type { Preview, UndoAnswer, UndoOrder, WriteAnswer, WriteOrder } from '../../workflows/contracts/orders';
import { hashOf } from '../../workflows/pure/hash';
import type { ControlLedger } from '../control/ledger';
import { applicationName, type Attempt } from '../effects/attempt';
import { claimOrFind, driftFrom } from '../effects/claim';
import { checkFence } from '../effects/guard';
import { KernelFailure } from '../sql/kernel-failure';
import * as ledger from '../effects/ledger';
import { refuseUnmet } from '../sql/requirements';
import { fitsHistory, sampled } from '../sql/rows';
import { inTransaction, type Session } from '../sql/session';
import type { Verdict } from '../effects/verdict';
import type { Cluster } from './cluster';
import type { ClusterRead, ClusterWrite, Looking } from './cluster-operation';

/** Answers a read of a cluster. */
export async function readCluster(cluster: Cluster, operation: ClusterRead, rawInput: unknown, at: Looking): Promise<unknown> {
  const input = operation.input.parse(rawInput);
  return fitsHistory(operation.answer.parse(await operation.look(cluster, input, at)));
}

/** The plan's line for a change of a cluster. */
export async function previewCluster(cluster: Cluster, name: string, operation: ClusterWrite, rawInput: unknown): Promise<Preview> {
  const input = operation.input.parse(rawInput);
  if (typeof operation.requires === 'function') refuseUnmet(name, await operation.requires(cluster, input));
  const before = await found(cluster, operation, input);
  const does = operation.does(input, before);
  return {
    before: sampled(before),
    ...boundOf(operation, input, before),
    binds: operation.binds ? 'a part of it' : 'all of it',
    statements: does.slice(0, 5),
    locks: operation.locks,
    scope: 'cluster',
    undo: 'by' in operation.undo ? { by: operation.undo.by } : operation.undo,
    irreversible: operation.effect === 'irreversible',
    pointOfNoReturn: operation.pointOfNoReturn === true,
    atControl: true,
  };
}

/** Makes a change of a cluster happen once: claimed in the control database's ledger, decided by observing, verified. */
export async function writeCluster(
  control: ControlLedger,
  cluster: Cluster,
  name: string,
  operation: ClusterWrite,
  order: WriteOrder,
  attempt: Attempt,
): Promise<WriteAnswer> {
  const input = operation.input.parse(order.input);
  const session = <T>(body: (s: Session) => Promise<T>): Promise<T> =>
    control.use(cluster.systemIdentifier, applicationName(order.step, attempt.number), body);
  await attempt.at('connected');
  const taken = await session((s) =>
    inTransaction(s, 'READ WRITE', () =>
      claimOrFind({
        name,
        operation,
        input,
        order,
        attempt,
        session: s,
        address: cluster.target.name,
        guard: () => Promise.resolve(),
        look: async () => {
          const before = await found(cluster, operation, input);
          if (order.planned) driftFrom(order.planned, boundOf(operation, input, before), name, before);
          // In the ledger too, or a recovery of this run would take the earlier ways back.
          if (operation.pointOfNoReturn) await ledger.dropWaysBack(s, order.step, order.effectKey);
          return before;
        },
      }),
    ),
  );
  if ('found' in taken) return taken.found;
  const { before, repeated } = taken;
  const stillOurs = (): Promise<void> =>
    session(async (s) => {
      await inTransaction(s, 'READ WRITE', () => checkFence(s, order.token));
      const row = await ledger.readRow(s, order.effectKey);
      if (row?.state !== 'claimed')
        throw new KernelFailure('Undone', `The ledger says "${row?.state ?? 'nothing'}" of this effect; this attempt stops here.`);
    });
  await operation.act({
    cluster,
    input,
    before,
    token: order.token,
    signal: attempt.signal,
    repeated,
    sending: async () => {
      attempt.signal.throwIfAborted();
      await stillOurs();
      await attempt.at('before effect');
    },
    sent: async () => attempt.at('effect sent'),
  });
  const verified = mustHold(name, await operation.verify(cluster, input, before));
  await attempt.at('verified');
  const result = { rows: null, verified, statements: [...operation.does(input, before)].slice(0, 20), notices: [] };
  const evidence = await session((s) => inTransaction(s, 'READ WRITE', () => ledger.mark(s, order.effectKey, 'done', result)));
  await attempt.at('committed');
  return { before: sampled(before), how: 'done', ...result, evidence };
}

/** A change and the one that undoes it. */
export interface ClusterPair {
  readonly name: string;
  readonly operation: ClusterWrite;
  readonly undoName: string;
  readonly undoing: ClusterWrite;
}

/** Undoes a change of a cluster, whatever became of it; one that never happened gets a tombstone. */
export async function undoCluster(
  control: ControlLedger,
  cluster: Cluster,
  pair: ClusterPair,
  order: UndoOrder,
  attempt: Attempt,
): Promise<UndoAnswer> {
  const session = <T>(body: (s: Session) => Promise<T>): Promise<T> =>
    control.use(cluster.systemIdentifier, `${applicationName(order.step, attempt.number)}:undo`, body);
  await attempt.at('connected');
  const row = await session((s) => inTransaction(s, 'READ WRITE', () => rowOrTombstone(s, cluster, pair, order)));
  await attempt.at('claimed');
  if ('how' in row) return row;
  const input = pair.operation.input.parse(row.input);
  const before = row.before as readonly unknown[];
  const { undo: way } = pair.operation;
  if (!('by' in way)) throw new KernelFailure('CompensationFailed', `${pair.name} has no way back: ${way.none}`);
  const backInput = pair.undoing.input.parse(way.input(input, before));
  const { token } = order;
  let acted = false;
  await pair.undoing.act({
    cluster,
    input: backInput,
    before,
    token,
    signal: attempt.signal,
    repeated: true,
    sending: async () => {
      acted = true;
      await session((s) => inTransaction(s, 'READ WRITE', () => checkFence(s, token)));
      await attempt.at('before effect');
    },
    sent: async () => attempt.at('effect sent'),
  });
  const verified = mustHold(pair.undoName, await pair.undoing.verify(cluster, backInput, before));
  await attempt.at('verified');
  const evidence = await session((s) => inTransaction(s, 'READ WRITE', () => ledger.mark(s, order.effectKey, 'undone')));
  await attempt.at('committed');
  return { how: 'undone', statements: acted ? [...pair.undoing.does(backInput, before)].slice(0, 20) : [], verified, evidence };
}

async function rowOrTombstone(s: Session, cluster: Cluster, pair: ClusterPair, order: UndoOrder): Promise<ledger.LedgerRow | UndoAnswer> {
  await checkFence(s, order.token);
  if (await ledger.bury(s, order.effectKey, order.step, pair.name, cluster.target.name))
    return { how: 'never', statements: [], verified: 'it had never happened, and a late attempt will stay out', evidence: null };
  const row = await ledger.lockRow(s, order.effectKey);
  if (!row) throw new KernelFailure('OutcomeUnknown', `The ledger row ${order.effectKey} was there and is gone.`, 'soon');
  if (row.state === 'never' || row.state === 'undone')
    return { how: 'already', statements: [], verified: `the ledger says "${row.state}"`, evidence: null };
  const evidence = await ledger.mark(s, order.effectKey, row.before === null ? 'undone' : 'undoing');
  return row.before === null ? { how: 'never', statements: [], verified: 'it had only been claimed', evidence } : row;
}

async function found(cluster: Cluster, operation: ClusterWrite, input: Record<string, unknown>): Promise<readonly unknown[]> {
  return (await operation.look(cluster, input)).map((row) => operation.before.parse(row));
}

function boundOf(operation: ClusterWrite, input: Record<string, unknown>, before: readonly unknown[]): { bound: string; statement: string } {
  return { bound: hashOf(operation.binds ? operation.binds(before) : before), statement: hashOf(operation.does(input, before)) };
}

function mustHold(name: string, { holds, expected, seen }: Verdict): string {
  if (!holds)
    throw new KernelFailure('VerificationFailed', `${name} ran, but the cluster is not as it should be: expected ${expected}, seen ${seen}.`);
  return seen;
}

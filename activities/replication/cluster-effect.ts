import type { Preview, StepRef } from '../../workflows/contracts/orders';
import type { ControlLedger } from '../control/ledger';
import { applicationName, type Attempt } from '../effects/attempt';
import { boundOf } from '../effects/bound';
import type { Orderable } from '../effects/carrier';
import type { Change } from '../effects/change';
import { observed } from '../effects/observed';
import { refuseUnmet } from '../sql/requirements';
import { fitsHistory, sampled } from '../sql/rows';
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
  const before = await lookAt(cluster, operation, input);
  const does = operation.does(input, before);
  return {
    before: sampled(before),
    ...boundOf(operation, input, before, does),
    statements: does.slice(0, 5),
    locks: operation.locks,
    scope: 'cluster',
    undo: 'by' in operation.undo ? { by: operation.undo.by } : operation.undo,
    irreversible: operation.effect === 'irreversible',
    pointOfNoReturn: operation.pointOfNoReturn === true,
    atControl: true,
  };
}

/** A change of a cluster, with the operation that undoes it where there is one. */
export interface ClusterEffect {
  readonly name: string;
  readonly operation: ClusterWrite;
  readonly undoName?: string;
  readonly undoing?: ClusterWrite;
}

/** Orders for a change of a cluster: its records are in the control database, because the servers that it stops cannot hold them. */
export function clusterEffect(
  control: ControlLedger,
  cluster: Cluster,
  { name, operation, undoName = '', undoing = operation }: ClusterEffect,
): Orderable {
  const carrier = (step: StepRef, attempt: Attempt, suffix = '') =>
    observed((body) => control.use(cluster.systemIdentifier, `${applicationName(step, attempt.number)}${suffix}`, body), cluster.target.name);
  return {
    toWrite: ({ step }, attempt, body) => body({ carrier: carrier(step, attempt), change: clusterChange(cluster, name, operation) }),
    toUndo: ({ step }, attempt, body) =>
      body({
        carrier: carrier(step, attempt, ':undo'),
        change: clusterChange(cluster, name, operation),
        undoing: clusterChange(cluster, undoName, undoing),
      }),
  };
}

function clusterChange(cluster: Cluster, name: string, operation: ClusterWrite): Change {
  const { left, cut } = operation;
  return {
    name,
    operation,
    look: (input) => lookAt(cluster, operation, input),
    lines: (input, before) => operation.does(input, before),
    act: async (acting) => {
      await operation.act({ cluster, ...acting });
      return { rows: null, notices: [] };
    },
    judge: (input, before) => operation.verify(cluster, input, before),
    ...(left ? { judgeLeft: (input, before) => left(cluster, input, before) } : {}),
    ...(cut ? { judgeCut: (input, before) => cut(cluster, input, before) } : {}),
  };
}

async function lookAt(cluster: Cluster, operation: ClusterWrite, input: Record<string, unknown>): Promise<readonly unknown[]> {
  return (await operation.look(cluster, input)).map((row) => operation.before.parse(row));
}

import { Context } from '@temporalio/activity';
import type { Order } from '../../workflows/contracts/orders';
import type { ControlLedger } from '../control/ledger';
import { atBoundary, type OnStage } from '../effects/activity';
import type { Attempt } from '../effects/attempt';
import { KernelFailure } from '../sql/kernel-failure';
import type { ClusterOf } from './cluster';
import type { ClusterOperation, ClusterRead, ClusterWrite } from './cluster-operation';
import { previewCluster, readCluster, undoCluster, writeCluster } from './perform';
import { samplesOf, takeSample } from './sampler';

export type ClusterOperations = Readonly<Record<string, ClusterOperation>>;

export interface ClusterParts {
  readonly clusterOf: ClusterOf;
  /** Where effects on servers are claimed; null = no control database, and no changing run on a cluster. */
  readonly ledger: ControlLedger | null;
}

type Activity = (order: never) => Promise<unknown>;

/** Makes the activities of operations on clusters, one for each, and the sampler's. */
export function clusterActivities(operations: ClusterOperations, parts: ClusterParts, onStage: OnStage = () => undefined): Record<string, Activity> {
  const perform = (name: string) => (order: Order) =>
    atBoundary(async () => {
      const answer = await performed(operations, parts, name, order, onStage);
      await onStage(name, order.kind, 'answered');
      return answer;
    });
  const sample = ({ target }: { target: string }): Promise<unknown> => atBoundary(() => takeSample(needed(parts.ledger), parts.clusterOf(target)));
  return { ...Object.fromEntries(Object.keys(operations).map((name) => [name, perform(name)])), takeReplicationSample: sample };
}

async function performed(
  operations: ClusterOperations,
  { clusterOf, ledger }: ClusterParts,
  name: string,
  order: Order,
  onStage: OnStage,
): Promise<unknown> {
  const cluster = clusterOf(order.input.target);
  const signal = Context.current().cancellationSignal;
  if (order.kind === 'read')
    return readCluster(cluster, readNamed(operations, name), order.input, { signal, samples: () => samplesOf(ledger, cluster) });
  const operation = writeNamed(operations, order.kind === 'undo' ? order.operation : name);
  if (order.kind === 'preview') return previewCluster(cluster, name, operation, order.input);
  const attempt: Attempt = { number: Context.current().info.attempt, signal, at: (stage) => onStage(name, order.kind, stage) };
  if (order.kind === 'write') return writeCluster(needed(ledger), cluster, name, operation, order, attempt);
  return undoCluster(
    needed(ledger),
    cluster,
    { name: order.operation, operation, undoName: name, undoing: writeNamed(operations, name) },
    order,
    attempt,
  );
}

function needed(ledger: ControlLedger | null): ControlLedger {
  if (ledger) return ledger;
  throw new KernelFailure(
    'TargetNotReady',
    'A change of a cluster is recorded in the control database, and the worker has none: set RUNBOOKS_CONTROL_URL and restart it.',
  );
}

function readNamed(operations: ClusterOperations, name: string): ClusterRead {
  const found = operations[name];
  if (found?.effect !== 'read') throw new KernelFailure('FlowError', `${name} is no read of a cluster.`);
  return found;
}

function writeNamed(operations: ClusterOperations, name: string): ClusterWrite {
  const found = operations[name];
  if (!found || found.effect === 'read') throw new KernelFailure('FlowError', `${name} is no change of a cluster.`);
  return found;
}

import type { Order } from '../../workflows/contracts/orders';
import type { ControlLedger } from '../control/ledger';
import { atBoundary, type Boundary, type OnStage } from '../effects/activity';
import { perform } from '../effects/perform';
import { KernelFailure } from '../sql/kernel-failure';
import type { ClusterOf } from './cluster';
import type { ClusterOperation, ClusterRead, ClusterWrite } from './cluster-operation';
import { clusterEffect, previewCluster, readCluster } from './cluster-effect';
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
  const activity = (name: string) => (order: Order) =>
    atBoundary(order.tried, async (at) => {
      const answer = await answerOrder({ operations, parts, onStage }, name, order, at);
      await onStage(name, order.kind, 'answered', at.number);
      return answer;
    });
  const sample = ({ target }: { target: string }): Promise<unknown> =>
    atBoundary(undefined, () => takeSample(needed(parts.ledger), parts.clusterOf(target)));
  return { ...Object.fromEntries(Object.keys(operations).map((name) => [name, activity(name)])), takeReplicationSample: sample };
}

interface Answering {
  readonly operations: ClusterOperations;
  readonly parts: ClusterParts;
  readonly onStage: OnStage;
}

async function answerOrder({ operations, parts, onStage }: Answering, name: string, order: Order, at: Boundary): Promise<unknown> {
  const { clusterOf, ledger } = parts;
  const cluster = clusterOf(order.input.target);
  if (order.kind === 'read')
    return readCluster(cluster, readNamed(operations, name), order.input, { signal: at.signal, samples: () => samplesOf(ledger, cluster) });
  if (order.kind === 'preview') return previewCluster(cluster, name, writeNamed(operations, name), order.input);
  const effect =
    order.kind === 'write'
      ? { name, operation: writeNamed(operations, name) }
      : { name: order.operation, operation: writeNamed(operations, order.operation), undoName: name, undoing: writeNamed(operations, name) };
  return perform(clusterEffect(needed(ledger), cluster, effect), order, { ...at, at: (stage) => onStage(name, order.kind, stage, at.number) });
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

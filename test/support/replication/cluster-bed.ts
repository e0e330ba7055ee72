import { randomBytes } from 'node:crypto';
import type { ControlLedger } from '../../../activities/control/ledger';
import type { Sample } from '../../../activities/control/samples';
import { attemptNumber } from '../../../activities/effects/attempt';
import { perform } from '../../../activities/effects/perform';
import type { Cluster } from '../../../activities/replication/cluster';
import type { ClusterWrite } from '../../../activities/replication/cluster-operation';
import { clusterEffect, previewCluster, readCluster } from '../../../activities/replication/cluster-effect';
import { clusterOperationsOf } from '../../../workers/worker/operations';
import type { Bed, Effect } from '../describe-operation';

const operations = clusterOperationsOf();

/** A cluster as the bed of operations, for `describeOperation`. */
export function clusterBed(cluster: Cluster, ledger: ControlLedger): Bed {
  const target = cluster.target.name;
  const bed: Bed = {
    effectOf: (name, given) => effectOn(cluster, ledger, name, { target, ...given }),
    previewOf: (name, given) => previewCluster(cluster, name, writeNamed(name), { target, ...given }),
    verdictOf: (name, given, before) => {
      const operation = writeNamed(name);
      return operation.verify(cluster, operation.input.parse({ target, ...given }), before);
    },
  };
  return bed;
}

/** What a read of a cluster answers, with what the sampler is to have stored of it. */
export async function answerOf(cluster: Cluster, name: string, input: object, samples: readonly Sample[] = []): Promise<unknown> {
  const found = operations[name];
  if (found?.effect !== 'read') throw new Error(`${name} is no read of a cluster.`);
  const at = { signal: new AbortController().signal, samples: () => Promise.resolve(samples) };
  return readCluster(cluster, found, { target: cluster.target.name, ...input }, at);
}

function effectOn(cluster: Cluster, ledger: ControlLedger, name: string, input: { readonly target: string }): Effect {
  const operation = writeNamed(name);
  const id = randomBytes(6).toString('hex');
  const step = { workflowId: `exercise/${id}`, firstRunId: id, runbook: 'exercise', step: `${name}#1`, stepNumber: 1 };
  const order = { input, step, effectKey: `exercise/${id}/${name}/1`, token: 1 };
  let attempts = 0;
  return {
    act: (more = {}) =>
      perform(clusterEffect(ledger, cluster, { name, operation }), { kind: 'write', ...order, buildsOn: [], ...more }, attemptNumber(++attempts)),
    undo: () => {
      if (!('by' in operation.undo)) throw new Error(`${name} has no undo.`);
      const undoName = operation.undo.by;
      const pair = { name, operation, undoName, undoing: writeNamed(undoName) };
      return perform(clusterEffect(ledger, cluster, pair), { kind: 'undo', operation: name, ...order }, attemptNumber(++attempts));
    },
    fresh: () => effectOn(cluster, ledger, name, input),
  };
}

function writeNamed(name: string): ClusterWrite {
  const found = operations[name];
  if (!found || found.effect === 'read') throw new Error(`${name} is no change of a cluster.`);
  return found;
}

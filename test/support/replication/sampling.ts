import { setTimeout as sleep } from 'node:timers/promises';
import { clusters, type Cluster } from '../../../activities/replication/cluster';
import { endpointOf } from '../../../activities/replication/endpoints/endpoint-of';
import { controlOf } from '../../../activities/replication/nodes/control-of';
import { takeSample } from '../../../activities/replication/sampler';
import { registryOf } from '../../../activities/targets/registry';
import type { ReplicationWorld } from './replication-world';

/** The cluster of a world as operations see it. */
export const clusterOf = ({ registry }: Pick<ReplicationWorld, 'registry'>): Cluster =>
  clusters(registryOf(registry), { endpointOf, controlOf })('shop');

/** Takes samples of a world's cluster, five a second; the answer ends it. */
export function startSampling(world: Pick<ReplicationWorld, 'registry' | 'control'>): () => Promise<void> {
  const cluster = clusterOf(world);
  let stopped = false;
  const live = async (): Promise<void> => {
    while (!stopped) {
      await takeSample(world.control.ledger, cluster);
      await sleep(200);
    }
  };
  const running = live();
  return async () => {
    stopped = true;
    await running;
  };
}

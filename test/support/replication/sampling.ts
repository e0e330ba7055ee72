import { setTimeout as sleep } from 'node:timers/promises';
import { takeSample } from '../../../activities/replication/sampler';
import { clusterOf } from './cluster-state';
import type { ReplicationWorld } from './replication-world';

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

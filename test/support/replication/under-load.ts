import { startAcknowledgedWriters, type AcknowledgedWriters, type Written } from '../../../scripts/parts/acknowledged-writers';
import { startEndpointProber, type Sight } from '../../../scripts/parts/endpoint-prober';
import type { ReplicationWorld } from './replication-world';

/** What applications have seen while a body ran. */
export interface Load {
  readonly written: Written;
  readonly history: readonly Sight[];
  readonly writers: AcknowledgedWriters;
}

/** Runs a body while four writers and a prober use the endpoint; they are stopped whatever becomes of it. */
export async function underLoad(world: ReplicationWorld, body: () => Promise<void>, pauseMs = 2): Promise<Load> {
  const [writers, prober] = [startAcknowledgedWriters({ url: world.appUrl, pauseMs }), startEndpointProber(world.appUrl)];
  try {
    await body();
  } finally {
    await Promise.all([writers.stop(), prober.stop()]);
  }
  return { written: await writers.stop(), history: await prober.stop(), writers };
}

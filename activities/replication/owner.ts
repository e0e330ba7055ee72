import { KernelFailure } from '../sql/kernel-failure';
import type { Cluster } from './cluster';
import { OWNER_SIGNS, ownerFiles, ownerOf } from './cluster-owner';

/** Refuses where another manager owns the cluster, and names its command: two brains are the worst case. */
export async function refuseOtherOwner(cluster: Cluster, node: string): Promise<void> {
  const inServer = await cluster.on(node, { login: 'read' }, (session) => session.query(OWNER_SIGNS));
  const local = cluster.nodes.filter(({ control, dataDirectory }) => control.by === 'local' && dataDirectory !== null);
  const inFiles = await Promise.all(local.map(({ dataDirectory }) => ownerFiles(dataDirectory ?? '')));
  const owner = ownerOf([...(inServer as Parameters<typeof ownerOf>[0]), ...inFiles.flat()]);
  if (owner)
    throw new KernelFailure(
      'ManagedElsewhere',
      `${owner.name} owns this cluster (${owner.sign}). Two managers would fight over it: use "${owner.command}".`,
    );
}

import { newestSamples, storeSample, type Sample, type Seen } from '../control/samples';
import type { ControlLedger } from '../control/ledger';
import type { Cluster } from './cluster';
import { primariesOf, viewCluster } from './node-view';

/** Asks every node and stores what the primary says; nothing is stored where two nodes say that they are it. */
export async function takeSample(control: ControlLedger, cluster: Cluster): Promise<{ readonly says: string }> {
  const primaries = primariesOf(await viewCluster(cluster, 1_500));
  if (primaries.length > 1) return { says: `two primaries answer (${primaries.map(({ name }) => name).join(', ')}); nothing is stored` };
  const [view] = primaries;
  const seen: Seen | null = view?.server?.lsn
    ? {
        node: view.name,
        timeline: view.server.timeline,
        lsn: view.server.lsn,
        syncNames: view.server.settings['synchronous_standby_names'] ?? '',
        members: view.server.followers.filter(({ state }) => state === 'streaming').map(({ name, sync }) => ({ name, sync })),
      }
    : null;
  await control.use(cluster.systemIdentifier, 'rb:sampler', (session) => storeSample(session, cluster.systemIdentifier, seen));
  return { says: seen ? `${seen.node} at ${seen.lsn}, timeline ${seen.timeline}` : 'no primary answers' };
}

/** What was stored of a cluster; nothing where the control database does not answer. */
export const samplesOf = (control: ControlLedger | null, cluster: Cluster): Promise<readonly Sample[]> =>
  control
    ? control.use(cluster.systemIdentifier, 'rb:sampler', (session) => newestSamples(session, cluster.systemIdentifier)).catch(() => [])
    : Promise.resolve([]);

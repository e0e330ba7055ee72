import { z } from 'zod';
import { TargetName } from '../../workflows/contracts/params';
import { KernelFailure } from '../sql/kernel-failure';
import { clusterOperation } from './cluster-operation';
import { primariesOf, viewCluster } from './node-view';
import { refuseOtherOwner } from './owner';

/**
 * Finds the one node that leads, and where the endpoint stands. Throws TwoPrimaries or PreconditionUnmet where another node leads, or could
 * without answering.
 */
export const findLeader = clusterOperation({
  effect: 'read',
  input: z.object({ target: TargetName }),
  example: { target: 'orders-eu' },
  answer: z.object({ primary: z.string(), timeline: z.int(), endpointOpen: z.boolean(), endpointAt: z.string().nullable() }),
  look: async (cluster) => {
    const views = await viewCluster(cluster);
    const [primary, ...more] = primariesOf(views);
    if (!primary?.server)
      throw unmet(
        'no node answers as a primary. Where a switchover was terminated, recover it; where the primary is dead, use the runbook failover.',
      );
    if (more.length)
      throw new KernelFailure(
        'TwoPrimaries',
        `${[primary, ...more].map(({ name }) => name).join(' and ')} answer as primaries: fence one of them first (runbook rejoinNode).`,
      );
    await refuseOtherOwner(cluster, primary.name);
    const { timeline } = primary.server;
    const newer = views.find(({ server }) => server && server.timeline > timeline);
    if (newer)
      throw unmet(
        `${newer.name} is on timeline ${newer.server?.timeline ?? 0}, and the primary ${primary.name} only on ${timeline}: another node has led since.`,
      );
    for (const { name, why } of views.filter(({ server }) => server === null)) {
      const { running, standbySignal } = await cluster.node(name).control.state();
      if (running !== false || standbySignal !== true)
        throw unmet(
          `${name} does not answer (${why ?? ''}), and nothing proves that it is stopped and marked as a standby. Bring it back or fence it (runbook rejoinNode), then start again.`,
        );
    }
    const { open, node } = await cluster.endpoint.describe();
    return { primary: primary.name, timeline, endpointOpen: open === 'open', endpointAt: node && (cluster.nodeAt(node)?.name ?? node) };
  },
});

const unmet = (because: string): KernelFailure => new KernelFailure('PreconditionUnmet', `The endpoint is not opened: ${because}`);

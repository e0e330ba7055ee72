import { z } from 'zod';
import { TargetName } from '../../workflows/contracts/params';
import { clusterOperation } from './cluster-operation';
import { primariesOf, viewCluster, type NodeView } from './node-view';

const NodeHealth = z.object({
  node: z.string(),
  role: z.enum(['primary', 'standby', 'no answer']),
  timeline: z.number().nullable(),
  lsn: z.string().nullable(),
  upstream: z.string().nullable(),
  lagBytes: z.number().nullable(),
  heardSecondsAgo: z.number().nullable(),
  sync: z.string().nullable(),
});

const Health = z.object({
  writes: z.string(),
  endpoint: z.string(),
  nodes: z.array(NodeHealth),
  problems: z.array(z.string()),
  samples: z.object({ stored: z.number(), newestSecondsAgo: z.number().nullable() }),
});

/** Looks at every node, the endpoint and the sampler, and lists what is wrong; a node that should be there and is not counts. */
export const measureReplication = clusterOperation({
  effect: 'read',
  input: z.object({ target: TargetName, maxLagBytes: z.int().nonnegative(), maxRetainedBytes: z.int().nonnegative() }),
  example: { target: 'orders-eu', maxLagBytes: 100_000_000, maxRetainedBytes: 1_000_000_000 },
  answer: Health,
  look: async (cluster, { maxLagBytes, maxRetainedBytes }, { samples }) => {
    const views = await viewCluster(cluster);
    const primaries = primariesOf(views);
    const [primary] = primaries.toSorted((a, b) => (b.server?.timeline ?? 0) - (a.server?.timeline ?? 0));
    const endpoint = cluster.hasEndpoint ? await cluster.endpoint.describe().catch((error: unknown) => error as Error) : null;
    const stored = await samples();
    const nodes = views.map((view) => healthOf(cluster.nodeAt.bind(cluster), view, primary));
    const target = endpoint && !(endpoint instanceof Error) ? (cluster.nodeAt(endpoint.node ?? '')?.name ?? endpoint.node ?? 'no known node') : null;
    const open = endpoint && !(endpoint instanceof Error) && endpoint.open === 'open';
    return {
      writes:
        primaries.length === 1 && primary && (!endpoint || (open && target === primary.name))
          ? `${primary.name} takes writes`
          : 'look at the problems: it is not certain who takes writes',
      endpoint:
        endpoint === null
          ? 'none in targets.yaml'
          : endpoint instanceof Error
            ? `does not answer: ${endpoint.message}`
            : `${cluster.endpoint.label}: ${endpoint.open}, on ${target ?? '?'}, token ${endpoint.token}`,
      nodes,
      problems: [
        ...(primaries.length === 0 ? ['no node is a primary'] : []),
        ...(primaries.length > 1
          ? [`more than one node accepts writes: ${primaries.map(({ name, server }) => `${name} (timeline ${server?.timeline ?? '?'})`).join(', ')}`]
          : []),
        ...views.filter(({ server }) => server === null).map(({ name, why }) => `${name} does not answer: ${why ?? ''}`),
        ...nodes.filter(({ role }) => role === 'standby').flatMap((node) => standbyProblems(node, primary, maxLagBytes)),
        ...views.flatMap((view) => serverProblems(view, maxRetainedBytes)),
        ...(endpoint instanceof Error ? [`the endpoint does not answer: ${endpoint.message}`] : []),
        ...(endpoint && !(endpoint instanceof Error) ? endpoint.problems : []),
        ...(endpoint && !open && !(endpoint instanceof Error) ? [`the endpoint is ${endpoint.open}: nobody takes writes through it`] : []),
        ...(primary && target !== null && !primaries.some(({ name }) => name === target)
          ? [`the endpoint points at ${target}, and ${primary.name} is the primary`]
          : []),
        ...(stored.length && (stored[0]?.ageSeconds ?? 0) < 120
          ? []
          : [
              'the sampler stores nothing: a failover could only say "unknown" of what it may lose (each worker with a control database starts one for a target of several nodes)',
            ]),
      ],
      samples: { stored: stored.length, newestSecondsAgo: stored[0] ? Math.round(stored[0].ageSeconds) : null },
    };
  },
});

function healthOf(nodeAt: (address: string) => { name: string } | null, view: NodeView, primary: NodeView | undefined): z.infer<typeof NodeHealth> {
  const { server } = view;
  const follower = primary?.server?.followers.find(({ name }) => name === view.name);
  return {
    node: view.name,
    role: server ? (server.standby ? 'standby' : 'primary') : 'no answer',
    timeline: server?.timeline ?? null,
    lsn: server?.lsn ?? null,
    upstream: server?.receiver ? (nodeAt(server.receiver.from)?.name ?? server.receiver.from) : null,
    lagBytes: follower?.lagBytes ?? null,
    heardSecondsAgo: server?.receiver?.heardSecondsAgo == null ? null : Math.round(server.receiver.heardSecondsAgo),
    sync: follower?.sync ?? null,
  };
}

function standbyProblems(node: z.infer<typeof NodeHealth>, primary: NodeView | undefined, maxLagBytes: number): string[] {
  if (!node.upstream) return [`${node.node} receives nothing`];
  return [
    ...(node.lagBytes !== null && node.lagBytes > maxLagBytes ? [`${node.node} is ${node.lagBytes} bytes behind`] : []),
    ...(node.heardSecondsAgo !== null && node.heardSecondsAgo > 60 ? [`${node.node} has heard nothing for ${node.heardSecondsAgo} seconds`] : []),
    ...(primary && node.upstream === primary.name && node.sync === null
      ? [`${primary.name} has no row for ${node.node}: its application_name must be the node's name`]
      : []),
  ];
}

function serverProblems({ name, server }: NodeView, maxRetainedBytes: number): string[] {
  if (!server) return [];
  return [
    ...(server.paused !== 'not paused' ? [`${name}: replay is ${server.paused}`] : []),
    ...server.slots
      .filter((slot) => !slot.active && slot.type === 'physical')
      .map((slot) => `${name}: nobody uses the slot ${slot.name}, which holds ${slot.retainedBytes ?? 'an unknown number of'} bytes of WAL back`),
    ...server.slots
      .filter((slot) => slot.active && (slot.retainedBytes ?? 0) > maxRetainedBytes)
      .map((slot) => `${name}: the slot ${slot.name} holds ${slot.retainedBytes ?? 0} bytes of WAL back`),
    ...server.slots.filter((slot) => slot.status === 'lost').map((slot) => `${name}: the slot ${slot.name} is lost; its standby must be copied anew`),
    ...(server.archiverFailing ? [`${name}: the archiver fails`] : []),
    ...(!server.standby && server.settings['default_transaction_read_only'] === 'on'
      ? [`${name}: default_transaction_read_only is on; a fence was left behind`]
      : []),
  ];
}

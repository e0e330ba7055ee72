import { z } from 'zod';
import { TargetName } from '../../workflows/contracts/params';
import { Span } from '../../workflows/contracts/span';
import { milliseconds } from '../../workflows/pure/span';
import type { Cluster } from './cluster';
import { clusterOperation } from './cluster-operation';
import { KernelFailure } from '../sql/kernel-failure';
import type { Verdict } from '../effects/verdict';
import { primariesOf, viewCluster, viewNode } from './node-view';
import { requireEndpoint } from './rights';

const EndpointRow = z.object({ endpoint: z.string(), open: z.enum(['open', 'closed', 'partly']), node: z.string().nullable() });
type EndpointRow = z.infer<typeof EndpointRow>;

/** What is found before it is closed. */
const Closed = EndpointRow.extend({ answered: z.boolean() });

const answers = async (cluster: Cluster, node: string | null): Promise<boolean> =>
  cluster.nodes.some(({ name }) => name === node) && (await viewNode(cluster, node ?? '')).server !== null;

const rowOf = async (cluster: Cluster): Promise<EndpointRow[]> => {
  const { open, node } = await cluster.endpoint.describe();
  return [{ endpoint: cluster.endpoint.label, open, node: node && (cluster.nodeAt(node)?.name ?? node) }];
};

const NOBODY = 'nobody takes writes: the endpoint is closed';

/** Lets no client through, and waits until nothing runs through the endpoint any more. */
export const closeEndpoint = clusterOperation({
  effect: 'write',
  input: z.object({ target: TargetName, how: z.enum(['drain', 'kill']), within: Span }),
  example: { target: 'orders-eu', how: 'drain', within: '5 seconds' },
  exampleBefore: [{ endpoint: 'pgbouncer orders at pool1:6432', open: 'open', node: 'orders-eu-1', answered: true }],
  requires: requireEndpoint,
  locks: 'applications wait (or are refused) until the endpoint opens again',
  before: Closed,
  look: async (cluster) => Promise.all((await rowOf(cluster)).map(async (row) => ({ ...row, answered: await answers(cluster, row.node) }))),
  does: ({ how, within }, before) =>
    before.map(
      (row) =>
        `${row.endpoint}: ${how === 'drain' ? `pause, waiting at most ${within} for open transactions` : 'end every connection and let none in'}`,
    ),
  act: async ({ cluster, input, signal, sending, sent }) => {
    if ((await cluster.endpoint.describe()).open === 'closed') return;
    await sending();
    await cluster.endpoint.close(input.how, milliseconds(input.within), signal);
    await sent();
  },
  verify: async (cluster) => {
    const state = await cluster.endpoint.describe();
    const holds = state.open === 'closed' && state.busy === 0;
    return { holds, expected: 'closed, with nothing running through it', seen: holds ? NOBODY : `${state.open}, ${state.busy} connections busy` };
  },
  left: (cluster, _, before) => leadsWhereItLed(cluster, before, ['closed']),
  cut: (cluster, _, before) => leadsWhereItLed(cluster, before, ['closed', 'partly', 'open']),
  undo: {
    by: 'reopenEndpoint',
    input: ({ target }, before) => ({
      target,
      node: before[0]?.node ?? '',
      wasOpen: before[0]?.open === 'open',
      answered: before[0]?.answered ?? true,
    }),
  },
});

/** Whether the endpoint still leads to the node of before, in one of these states; who points it elsewhere has his reasons. */
async function leadsWhereItLed(cluster: Cluster, before: readonly EndpointRow[], states: readonly EndpointRow['open'][]): Promise<Verdict> {
  const [now] = await rowOf(cluster);
  const node = before[0]?.node ?? null;
  const holds = now !== undefined && states.includes(now.open) && now.node === node;
  return { holds, expected: `${states.join(' or ')}, on ${node ?? 'no known node'}`, seen: `${now?.open ?? '?'} on ${now?.node ?? 'no known node'}` };
}

/**
 * Opens the endpoint as it was, on the node that it pointed at; only where that node still is the primary, or did not answer when it was
 * closed and does not answer now, with no other primary.
 */
export const reopenEndpoint = clusterOperation({
  effect: 'write',
  input: z.object({ target: TargetName, node: z.string(), wasOpen: z.boolean(), answered: z.boolean() }),
  example: { target: 'orders-eu', node: 'orders-eu-1', wasOpen: true, answered: true },
  exampleBefore: [{ endpoint: 'pgbouncer orders at pool1:6432', open: 'closed', node: 'orders-eu-1' }],
  requires: requireEndpoint,
  locks: 'none',
  before: EndpointRow,
  look: rowOf,
  does: ({ node }, before) => before.map((row) => `${row.endpoint}: open, on ${node}`),
  act: async ({ cluster, input, sending, sent }) => {
    const state = await cluster.endpoint.describe();
    if (!input.wasOpen || state.open === 'open') return;
    const [now] = await rowOf(cluster);
    if (now?.node !== input.node)
      throw new KernelFailure(
        'ChangedByOthers',
        `The endpoint points at ${now?.node ?? 'no known node'} and not at ${input.node} any more; it stays closed. Look who pointed it there.`,
      );
    await refuseUnlessAsBefore(cluster, input);
    await sending();
    await cluster.endpoint.open();
    await sent();
  },
  verify: async (cluster, { node, wasOpen }) => {
    const [now] = await rowOf(cluster);
    const holds = !wasOpen || (now?.open === 'open' && now.node === node);
    const writes = (await answers(cluster, node)) ? 'it takes writes' : 'it does not answer, as before';
    return {
      holds,
      expected: `open on ${node}`,
      seen: wasOpen ? `${now?.open ?? '?'} on ${now?.node ?? 'no known node'}: ${writes}` : 'it had been closed before',
    };
  },
  undo: { none: 'it is itself a way back' },
});

/** Points the endpoint at the verified new primary with the run's fencing token, and lets clients through. */
export const openEndpointAt = clusterOperation({
  effect: 'write',
  input: z.object({ target: TargetName, node: z.string() }),
  example: { target: 'orders-eu', node: 'orders-eu-2' },
  exampleBefore: [{ endpoint: 'pgbouncer orders at pool1:6432', open: 'closed', node: 'orders-eu-1' }],
  requires: requireEndpoint,
  locks: 'none',
  before: EndpointRow,
  look: rowOf,
  binds: () => null,
  does: ({ node }, before) => before.map((row) => `${row.endpoint}: point at ${node} with the run's fencing token, reload, open`),
  act: async ({ cluster, input, token, sending, sent }) => {
    const node = cluster.node(input.node);
    const state = await cluster.endpoint.describe();
    if (state.open === 'open' && cluster.nodeAt(state.node ?? '')?.name === node.name && state.token === token) return;
    await refuseUnlessPrimary(cluster, node.name);
    await sending();
    await cluster.endpoint.point({ name: node.name, host: node.host, port: node.port }, token);
    await cluster.endpoint.open();
    await sent();
  },
  verify: async (cluster, { node }) => {
    const state = await cluster.endpoint.describe();
    const now = cluster.nodeAt(state.node ?? '')?.name;
    const holds = state.open === 'open' && now === node;
    return { holds, expected: `open on ${node}`, seen: holds ? `${node} takes writes` : `${state.open} on ${now ?? state.node ?? 'no known node'}` };
  },
  undo: { none: 'after the promotion only forward is possible' },
});

/** A dead server may be pointed at as before; clients are refused until it comes back. */
async function refuseUnlessAsBefore(cluster: Cluster, { node, answered }: { node: string; answered: boolean }): Promise<void> {
  if (answered || (await answers(cluster, node))) return refuseUnlessPrimary(cluster, node);
  const [other] = primariesOf(await viewCluster(cluster, 1_500));
  if (other)
    throw new KernelFailure(
      'TwoPrimaries',
      `${other.name} is a primary, and the endpoint points at ${node}: it stays closed. Run switchover or failover.`,
    );
}

/** An endpoint is opened on a server that answers as the primary right now, or not at all. */
async function refuseUnlessPrimary(cluster: Cluster, node: string): Promise<void> {
  const { server, why } = await viewNode(cluster, node);
  if (server?.standby === false && server.settings['default_transaction_read_only'] === 'off') return;
  const what = server ? (server.standby ? 'is a standby' : 'refuses writes (default_transaction_read_only)') : `does not answer (${why ?? ''})`;
  throw new KernelFailure(
    'PreconditionUnmet',
    `${node} ${what}: the endpoint stays closed. Nobody takes writes until it is opened on a verified primary.`,
  );
}

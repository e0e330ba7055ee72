import { z } from 'zod';
import { TargetName } from '../../workflows/contracts/params';
import { KernelFailure } from '../sql/kernel-failure';
import { meaningOf } from '../sql/sqlstates';
import { sql } from '../sql/sql';
import type { Verdict } from '../effects/verdict';
import type { Cluster } from './cluster';
import { clusterOperation } from './cluster-operation';
import { primariesOf, viewCluster, viewNode } from './node-view';
import { lookUntil } from './poll';
import { mayPromote, mayWriteLedger, requireRights } from './rights';

const PROMOTED_WITHIN_MS = 60_000;

const Promotable = z.object({ node: z.string(), role: z.enum(['standby', 'primary']), timeline: z.number() });

/**
 * Promotes a standby: the point of no return. Every earlier way back ends with it.
 *
 * Whatever the answer, the topology is read until it is certain. A repeat only looks: pg_promote is not sent a second time unless an
 * operator asks for it by `retry`, or the earlier attempt died before it could send.
 */
export const promote = clusterOperation({
  effect: 'irreversible',
  pointOfNoReturn: true,
  input: z.object({ target: TargetName, node: z.string(), fromTimeline: z.int() }),
  example: { target: 'orders-eu', node: 'orders-eu-2', fromTimeline: 1 },
  requires: (cluster, { node }) => requireRights(cluster, node, { login: 'control', rights: [mayPromote] }),
  locks: 'none; from here only forward',
  before: Promotable,
  look: async (cluster, { node }) => {
    const { server, why } = await viewNode(cluster, node);
    if (!server) throw new KernelFailure('TargetUnreachable', `${node} does not answer: ${why ?? ''}.`, 'soon');
    return [{ node, role: server.standby ? ('standby' as const) : ('primary' as const), timeline: server.timeline }];
  },
  does: ({ node }) => [`${node}: SELECT pg_promote(true, 60)`],
  act: async ({ cluster, input, signal, repeated, sending, sent, refused }) => {
    if (await isPromoted(cluster, input)) return;
    await refuseBesideAnother(cluster, input.node);
    if (repeated && (await isPromotedSoon(cluster, input, signal))) return;
    await sending();
    try {
      await cluster.on(input.node, { login: 'control', statementMs: PROMOTED_WITHIN_MS + 5_000 }, (session) =>
        session.query(sql`select pg_promote(true, 60)`),
      );
    } catch (error) {
      // 55000 "recovery is not in progress" is a promotion that is done; a lost connection is none that is known. Both are looked at.
      if (meaningOf(error) === 'rejected' && (error as { code?: string }).code !== '55000') {
        await refused();
        throw error;
      }
    }
    await sent();
    if (await isPromotedSoon(cluster, input, signal)) return;
    throw new KernelFailure(
      'OutcomeUnknown',
      `${input.node} was told to promote and is still no primary on a new timeline after 60 seconds. It was not told again. Read its server log; "retry" looks again and only then repeats. The endpoint is closed.`,
    );
  },
  verify: (cluster, input) => verdict(cluster, input),
  undo: { none: 'a promoted server has its own timeline; from here only forward' },
});

interface Promoting {
  readonly node: string;
  readonly fromTimeline: number;
}

/** A new timeline is a promotion; not one of ours alone, but nobody else holds the cluster's lock. */
async function isPromoted(cluster: Cluster, { node, fromTimeline }: Promoting): Promise<boolean> {
  const { server } = await viewNode(cluster, node);
  return server?.standby === false && server.timeline > fromTimeline;
}

const isPromotedSoon = (cluster: Cluster, input: Promoting, signal: AbortSignal): Promise<boolean> =>
  lookUntil(() => isPromoted(cluster, input), Boolean, PROMOTED_WITHIN_MS / 6, signal);

async function refuseBesideAnother(cluster: Cluster, node: string): Promise<void> {
  const others = primariesOf(await viewCluster(cluster, 1_000)).filter((view) => view.name !== node);
  if (others.length)
    throw new KernelFailure('TwoPrimaries', `${others.map((view) => view.name).join(', ')} answers as a primary: ${node} is not promoted beside it.`);
}

async function verdict(cluster: Cluster, { node, fromTimeline }: Promoting): Promise<Verdict> {
  const { server, why } = await viewNode(cluster, node);
  const holds = server?.standby === false && server.timeline > fromTimeline;
  return {
    holds,
    expected: `a primary on a timeline after ${fromTimeline}`,
    seen: server
      ? `nobody takes writes yet: ${node} is ${server.standby ? 'a standby' : 'the primary'} on timeline ${server.timeline}`
      : `no answer: ${why ?? ''}`,
  };
}

const Verified = z.object({ node: z.string(), token: z.number() });

/**
 * Writes to the new primary before any client can: the run's fencing token goes into its ledger (a lossy failover took the ledger's
 * token backwards, and an older run must stay out), which also proves that it takes writes.
 */
export const verifyPrimary = clusterOperation({
  effect: 'write',
  input: z.object({ target: TargetName, node: z.string() }),
  example: { target: 'orders-eu', node: 'orders-eu-2' },
  requires: (cluster, { node }) => requireRights(cluster, node, { login: 'control', rights: [mayWriteLedger] }),
  locks: 'none',
  before: Verified,
  look: async (cluster, { node }) => [{ node, token: await ledgerToken(cluster, node) }],
  binds: (before) => before.map(({ node }) => node),
  does: ({ node }) => [`${node}: the fencing token of this run into runbooks.ledger (a first write)`],
  act: async ({ cluster, input, token, sending, sent }) => {
    await sending();
    await cluster.on(input.node, { login: 'control' }, async (session) => {
      // A synchronous standby may not follow yet; the others must not make this wait.
      await session.run(sql`set synchronous_commit = local`);
      await session.run(sql`update runbooks.ledger set token = greatest(token, ${token}) where key = 'fence'`);
    });
    await sent();
  },
  verify: async (cluster, { node }) => {
    const { server, why } = await viewNode(cluster, node);
    const token = await ledgerToken(cluster, node);
    const holds = server?.standby === false && server.settings['default_transaction_read_only'] === 'off' && token > 0;
    return {
      holds,
      expected: 'a primary that takes writes',
      seen: server
        ? `nobody takes writes yet: ${node} is ${server.standby ? 'a standby' : 'a primary'}, default_transaction_read_only = ${server.settings['default_transaction_read_only'] ?? '?'}, ledger token ${token}`
        : `no answer: ${why ?? ''}`,
    };
  },
  undo: { none: 'after the promotion only forward is possible' },
});

async function ledgerToken(cluster: Cluster, node: string): Promise<number> {
  return cluster.on(node, { login: 'read' }, async (session) => {
    const rows = await session.query(sql`select token from runbooks.ledger where key = 'fence'`);
    return z.object({ token: z.coerce.number() }).parse(rows[0]).token;
  });
}

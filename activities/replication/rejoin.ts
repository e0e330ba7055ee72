import { z } from 'zod';
import { TargetName } from '../../workflows/contracts/params';
import { KernelFailure } from '../sql/kernel-failure';
import { connectionOf } from '../targets/connections';
import { slotOf } from '../targets/slot-name';
import type { Cluster } from './cluster';
import { clusterOperation } from './cluster-operation';
import { writeConninfo } from './conninfo';
import { follow, streamsFrom, upstreamTowards } from './following';
import { bytesAhead } from './lsn';
import { primariesOf, viewCluster, viewNode } from './node-view';
import { lookUntil } from './poll';
import type { CopySource } from './providers';
import { alterSystem } from './settings';
import { makeSlots } from './slots';
import { forkOf } from './timeline-fork';
import { mayMakeSlots, requireControl, requireRights } from './rights';

const START_WITHIN_MS = 300_000;
const STREAMS_WITHIN_MS = 30_000;

const Diagnosis = z.object({
  primary: z.string().nullable(),
  /** How it can come back: it follows already; a start; a rewind; a new copy; or it runs beside the primary and is fenced first. */
  way: z.enum(['follows', 'start', 'rewind', 'reclone', 'refused']),
  writable: z.boolean(),
  says: z.string(),
  canRewind: z.union([z.literal(true), z.string()]),
});

/** Finds how a node can come back as a standby, from its control file and the history of the primary's timeline. */
export const diagnoseNode = clusterOperation({
  effect: 'read',
  input: z.object({ target: TargetName, node: z.string() }),
  example: { target: 'orders-eu', node: 'orders-eu-1' },
  answer: Diagnosis,
  look: async (cluster, { node }) => {
    const { control } = cluster.node(node);
    const views = await viewCluster(cluster);
    const [primary, ...more] = primariesOf(views).filter(({ name }) => name !== node);
    const canRewind = await control.can('rewind');
    const answer = (way: z.infer<typeof Diagnosis>['way'], says: string, writable = false) => ({
      primary: primary?.name ?? null,
      way,
      says,
      writable,
      canRewind,
    });
    if (!primary?.server || more.length)
      return answer('refused', more.length ? 'more than one other node accepts writes' : 'no other node is a primary: there is nothing to follow');
    const self = views.find(({ name }) => name === node);
    const state = await control.state();
    if (self && streamsFrom(cluster, self, primary.name)) return answer('follows', `${node} streams from ${primary.name} already`);
    const writable = self?.server?.standby === false || (self?.server === null && state.running === true && state.standbySignal === false);
    const rest = canRewind === true ? ('rewind' as const) : ('reclone' as const);
    if (control.by === 'person') throw byItsPerson(node, primary.name, writable);
    if (state.control === null) {
      const can = await control.can('reclone');
      if (can !== true) throw new KernelFailure('PreconditionUnmet', `${node} cannot be made anew: ${can}.`);
      return answer('reclone', `${node} has no data of its own that can be read`, writable);
    }
    if (writable) return answer(rest, `${node} runs as a primary beside ${primary.name}: what it took after the fork is on no other node`, writable);
    const { timeline, checkpointLsn, state: how } = state.control;
    if (timeline === primary.server.timeline) return answer('start', `${node} is on the primary's timeline ${timeline}`);
    const fork = await forkOf(cluster, primary.name, primary.server.timeline, timeline);
    if (fork === null)
      return answer('reclone', `timeline ${timeline} of ${node} is no ancestor of the primary's timeline ${primary.server.timeline}`);
    const clean = how === 'shut down' || how === 'shut down in recovery';
    const reached = self?.server?.lsn ?? checkpointLsn;
    if (clean && bytesAhead(fork, checkpointLsn) > 0 && bytesAhead(fork, reached) >= 0)
      return answer('start', `${node} was ${how} at ${checkpointLsn}, before the fork at ${fork}: nothing diverged`);
    if (self?.server?.standby && bytesAhead(fork, reached) >= 0)
      return answer('start', `${node} stands at ${reached}, not beyond the fork at ${fork}`);
    return answer(
      rest,
      clean
        ? `${node} went on to ${reached}, beyond the fork at ${fork}`
        : `${node} was not stopped cleanly (${how}); what it wrote after ${fork} is on no other node`,
    );
  },
});

/** Nobody but its person can read or change what the node has; what has to be done there is said. */
const byItsPerson = (node: string, primary: string, writable: boolean): KernelFailure =>
  new KernelFailure(
    'PreconditionUnmet',
    [
      writable
        ? `${node} runs as a primary beside ${primary}: stop it now. What it took after the fork is on no other node.`
        : `A person looks after ${node} (control: by: person in targets.yaml), and brings it back on its machine.`,
      `There: with the server stopped, run pg_rewind against ${primary}, or copy it anew with pg_basebackup; place standby.signal, set primary_conninfo with application_name=${node}, and start it. Keep the old data directory where what it had must be looked at.`,
      'Then the runbook checkReplication shows whether it follows.',
    ].join(' '),
  );

const Node = z.object({ node: z.string(), running: z.boolean().nullable() });
const look = async (cluster: Cluster, { node }: { node: string }): Promise<z.infer<typeof Node>[]> => [
  { node, running: (await cluster.node(node).control.state()).running },
];
const binds = (before: readonly z.infer<typeof Node>[]): unknown => before.map(({ node }) => node);

/** Starts a node as a standby of the primary: standby.signal, start, its own slot, connection and settings, streaming. */
export const startAsStandby = clusterOperation({
  effect: 'write',
  input: z.object({ target: TargetName, node: z.string(), primary: z.string() }),
  example: { target: 'orders-eu', node: 'orders-eu-1', primary: 'orders-eu-2' },
  requires: async (cluster, { node, primary }) => [
    ...(await requireControl(cluster, node, ['start'])),
    ...(await requireRights(cluster, primary, { login: 'control', rights: [mayMakeSlots] })),
  ],
  locks: 'none',
  before: Node,
  look,
  binds,
  does: ({ node, primary }) => [
    `${primary}: SELECT pg_create_physical_replication_slot('${slotOf(node)}', true)`,
    `${node}: standby.signal, primary_slot_name and primary_conninfo = towards ${primary}, pg_ctl start`,
    `${node}: ALTER SYSTEM RESET default_transaction_read_only; SELECT pg_reload_conf()`,
  ],
  act: async ({ cluster, input: { node, primary }, signal, sending, sent }) => {
    const { control } = cluster.node(node);
    await sending();
    await cluster.on(primary, { login: 'control' }, (session) => makeSlots(session, [slotOf(node)]));
    const state = await control.state();
    if (state.running && !state.standbySignal)
      throw new KernelFailure('NodeStillRuns', `${node} runs without standby.signal; it must be stopped or fenced first.`);
    await control.markStandby();
    if (!state.running) {
      // A rewound node is consistent only after WAL that its copy may not hold: it must find its primary before it answers.
      await control.pointAt(await upstreamTowards(cluster, node, primary));
      await control.start(START_WITHIN_MS, signal);
    }
    await lookUntil(
      () => viewNode(cluster, node),
      ({ server }) => server !== null,
      STREAMS_WITHIN_MS,
      signal,
    );
    await cluster.on(node, { login: 'control' }, (session) => alterSystem(session, 'default_transaction_read_only', null));
    await follow(cluster, node, primary);
    await sent();
  },
  verify: async (cluster, { node, primary }) => {
    const view = await lookUntil(
      () => viewNode(cluster, node),
      // A primary follows nobody, however long one waits.
      (seen) => streamsFrom(cluster, seen, primary) || seen.server?.standby === false,
      STREAMS_WITHIN_MS,
      null,
      100,
    );
    return {
      holds: streamsFrom(cluster, view, primary),
      expected: `a standby that streams from ${primary}`,
      seen: view.server
        ? `${node}: ${view.server.receiver?.status ?? 'receives nothing'}${view.server.receiver ? ` from ${view.server.receiver.from}` : ''}`
        : `no answer: ${view.why ?? ''}`,
    };
  },
  undo: { none: 'a standby that follows takes no writes; stop it by hand if it must not be there' },
});

const Discard = z.object({ target: TargetName, node: z.string(), primary: z.string(), keepAs: z.string().nullable() });

/** Rewinds a stopped node to the primary's history: what it wrote after the fork is gone for good. */
export const rewindNode = clusterOperation({
  effect: 'irreversible',
  input: Discard.omit({ keepAs: true }),
  example: { target: 'orders-eu', node: 'orders-eu-1', primary: 'orders-eu-2' },
  requires: (cluster, { node }) => requireControl(cluster, node, ['rewind']),
  locks: 'the node is down',
  before: Node,
  look,
  binds,
  does: ({ node, primary }) => [`${node}: pg_rewind from ${primary}; its own configuration files are kept; standby.signal`],
  act: async ({ cluster, input: { node, primary }, signal, sending, sent }) => {
    await sending();
    const { server, why } = await viewNode(cluster, primary);
    if (!server?.timeline)
      throw new KernelFailure('TargetUnreachable', `${primary} does not answer, so that ${node} cannot be rewound: ${why ?? 'no timeline'}.`);
    await cluster.node(node).control.rewind(sourceOf(cluster, primary), server.timeline, signal);
    await sent();
  },
  verify: rebuilt,
  undo: { none: 'what the node wrote after the fork is discarded' },
});

/** Copies a stopped node anew from the primary; its old data directory is moved aside or discarded. */
export const recloneNode = clusterOperation({
  effect: 'irreversible',
  input: Discard,
  example: { target: 'orders-eu', node: 'orders-eu-1', primary: 'orders-eu-2', keepAs: 'diverged-20261201030000' },
  requires: (cluster, { node }) => requireControl(cluster, node, ['reclone']),
  locks: 'the node is down; the primary reads its whole data directory',
  before: Node,
  look,
  binds,
  does: ({ node, primary, keepAs }) => [
    `${node}: a new copy of ${primary}; its own configuration files are kept; ${keepAs ? `the old data directory is kept as *.${keepAs}` : 'the old data directory is removed'}`,
  ],
  act: async ({ cluster, input: { node, primary, keepAs }, signal, sending, sent }) => {
    await sending();
    const { control, dataDirectory } = cluster.node(node);
    await control.reclone(sourceOf(cluster, primary), keepAs && `${dataDirectory ?? ''}.${keepAs}`, signal);
    await sent();
  },
  verify: rebuilt,
  undo: { none: 'the old data directory is replaced' },
});

async function rebuilt(cluster: Cluster, { node }: { node: string }): Promise<{ holds: boolean; expected: string; seen: string }> {
  const { running, standbySignal, control } = await cluster.node(node).control.state();
  const holds = running === false && standbySignal === true && control?.systemIdentifier === cluster.systemIdentifier;
  return {
    holds,
    expected: 'a stopped standby of this cluster',
    seen: `${node}: ${running ? 'running' : 'stopped'}, standby.signal ${standbySignal ? 'there' : 'missing'}, system ${control?.systemIdentifier ?? 'unknown'}`,
  };
}

/** A primary as the source of a copy, reached by the control login. */
export function sourceOf(cluster: Cluster, primary: string): CopySource {
  const { host, port, dataDirectory } = cluster.node(primary);
  const node = cluster.target.nodes.find(({ name }) => name === primary);
  if (!node) throw new KernelFailure('InvalidInput', `${primary} is no node of ${cluster.target.name}.`);
  const config = connectionOf(cluster.target, node, 'control');
  const password = typeof config.password === 'string' ? config.password : '';
  const parts = new Map([
    ['host', host],
    ['port', String(port)],
    ['user', config.user ?? ''],
    ...(password ? [['password', password] as [string, string]] : []),
    ['dbname', cluster.target.database],
  ]);
  const local = node.control.by === 'local';
  return { host, port, conninfo: writeConninfo(parts), dataDirectory: local ? dataDirectory : null };
}

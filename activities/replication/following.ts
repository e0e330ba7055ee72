import { z } from 'zod';
import { TargetName } from '../../workflows/contracts/params';
import { KernelFailure } from '../sql/kernel-failure';
import type { Requirement } from '../sql/requirements';
import type { Verdict } from '../effects/verdict';
import { one } from '../sql/rows';
import type { Session } from '../sql/session';
import { sql } from '../sql/sql';
import { slotOf } from '../targets/slot-name';
import type { Cluster } from './cluster';
import { clusterOperation } from './cluster-operation';
import { addressOf, addressPartsOf, parseConninfo, towards, withAddressParts, writeConninfo, type Conninfo } from './conninfo';
import { viewNode, type NodeView } from './node-view';
import { lookUntil } from './poll';
import type { Upstream } from './providers';
import { alterSystem, alterSystemLine, isFromAutoConf, setSystem, settingOf } from './settings';
import { makeSlots } from './slots';
import { mayAlterSystem, mayCheckpoint, mayMakeSlots, mayReload, requireRights } from './rights';

/** Where a detached standby looks: a port that nothing listens on. */
const NOWHERE = { host: '127.0.0.1', port: 1 };
const STREAMS_WITHIN_MS = 15_000;

/**
 * `inFile`: the node has it from a file of its own, which ALTER SYSTEM hides and its reset shows again. `address`: its parts as they stand there;
 * a record of an older version has none.
 */
const Follows = z.object({ node: z.string(), upstream: z.string(), inFile: z.boolean(), address: z.record(z.string(), z.string()).default({}) });
type Follows = z.infer<typeof Follows>;

/** The upstream in a node's primary_conninfo; the password in it never leaves this file. */
const upstreamOf = (cluster: Cluster, node: string): Promise<Follows> =>
  cluster.on(node, { login: 'read' }, async (session) => {
    const conninfo = readable(node, await settingOf(session, 'primary_conninfo'));
    const inFile = !(await isFromAutoConf(session, 'primary_conninfo'));
    return { node, upstream: addressOf(conninfo), inFile, address: addressPartsOf(conninfo) };
  });

/** Its parts; throws CapabilityAbsent for a URI, of which nothing would be left. */
function readable(node: string, text: string): Conninfo {
  const conninfo = parseConninfo(text);
  if (conninfo.size > 0 || text.trim() === '') return conninfo;
  throw new KernelFailure(
    'CapabilityAbsent',
    `The primary_conninfo of ${node} is no list of key = value (a URI?), so that it could not be given back. Write it as host=… port=… user=…, reload, then start again.`,
  );
}

const mayRedirect = (cluster: Cluster, node: string): Promise<Requirement[]> =>
  requireRights(cluster, node, { login: 'control', rights: [mayAlterSystem('primary_conninfo'), mayAlterSystem('primary_slot_name'), mayReload] });

const nowhere = `${NOWHERE.host}:${NOWHERE.port}`;
const named = (cluster: Cluster, address: string): string =>
  cluster.nodeAt(address)?.name ?? (address === nowhere ? 'nowhere' : address || 'nowhere');

/** Points standbys at nothing, so that their positions stand still and no late writer reaches them. */
export const detachStandbys = clusterOperation({
  effect: 'write',
  input: z.object({ target: TargetName, nodes: z.array(z.string()).min(1) }),
  example: { target: 'orders-eu', nodes: ['orders-eu-2', 'orders-eu-3'] },
  requires: async (cluster, { nodes }) => (await Promise.all(nodes.map((node) => mayRedirect(cluster, node)))).flat(),
  locks: 'the standbys receive nothing more; they still answer reads',
  before: Follows,
  look: (cluster, { nodes }) => Promise.all(nodes.map((node) => upstreamOf(cluster, node))),
  does: ({ nodes }) => nodes.map((node) => alterSystemLine(node, 'primary_conninfo', 'the same, towards nothing')),
  act: async ({ cluster, input, sending, sent }) => {
    for (const node of input.nodes) {
      await sending();
      await cluster.on(node, { login: 'control' }, async (session) => redirect(session, towards(await conninfoOn(node, session), NOWHERE)));
      await sent();
    }
  },
  verify: async (cluster, { nodes }) => {
    const views = await lookUntil(
      () => Promise.all(nodes.map((node) => viewNode(cluster, node))),
      (seen) => seen.every(({ server }) => server !== null && server.receiver === null),
      10_000,
      null,
    );
    const attached = views.filter(({ server }) => server?.receiver !== null);
    return {
      holds: attached.length === 0,
      expected: 'no standby receives WAL',
      seen: attached.length
        ? `still receiving, or not answering: ${attached.map(({ name }) => name).join(', ')}`
        : `nobody takes writes; ${nodes.join(', ')} stand still`,
    };
  },
  left: (cluster, input) => detachedOrAsBefore(cluster, input.nodes, []),
  cut: (cluster, input, before) => detachedOrAsBefore(cluster, input.nodes, before),
  undo: { by: 'attachStandbys', input: ({ target }, before) => ({ target, follows: before }) },
});

/** Whether each standby looks at nothing, or (of a cut attempt) where it looked before; whoever pointed one elsewhere keeps it so. */
async function detachedOrAsBefore(cluster: Cluster, nodes: readonly string[], before: readonly Follows[]): Promise<Verdict> {
  const now = await Promise.all(nodes.map((node) => upstreamOf(cluster, node)));
  const isOurs = ({ node, upstream }: Follows): boolean =>
    upstream === nowhere || before.some((one) => one.node === node && one.upstream === upstream);
  const show = ({ node, upstream }: Follows): string => `${node} follows ${named(cluster, upstream)}`;
  return { holds: now.every(isOurs), expected: nodes.map((node) => `${node} follows nowhere`).join(', '), seen: now.map(show).join(', ') };
}

/** Points each standby at the upstream that it had. */
export const attachStandbys = clusterOperation({
  effect: 'write',
  input: z.object({ target: TargetName, follows: z.array(Follows) }),
  example: {
    target: 'orders-eu',
    follows: [{ node: 'orders-eu-2', upstream: '10.0.0.5:5432', inFile: false, address: { host: '10.0.0.5', port: '5432' } }],
  },
  exampleBefore: [{ node: 'orders-eu-2', upstream: '10.0.0.5:5432', inFile: false, address: { host: '10.0.0.5', port: '5432' } }],
  requires: async (cluster, { follows }) => (await Promise.all(follows.map(({ node }) => mayRedirect(cluster, node)))).flat(),
  locks: 'none',
  before: Follows,
  look: (cluster, { follows }) => Promise.all(follows.map(({ node }) => upstreamOf(cluster, node))),
  does: (_, before) =>
    before.map(({ node, upstream, inFile }) =>
      inFile
        ? `${node}: ALTER SYSTEM RESET primary_conninfo; SELECT pg_reload_conf()`
        : alterSystemLine(node, 'primary_conninfo', `the same, towards ${upstream}`),
    ),
  act: async ({ cluster, input, sending, sent }) => {
    for (const { node, upstream, inFile, address } of input.follows) {
      const colon = upstream.lastIndexOf(':');
      const recorded = Object.keys(address).length > 0 || upstream === '';
      const parts = recorded ? address : { host: upstream.slice(0, colon), port: upstream.slice(colon + 1) };
      await sending();
      await cluster.on(node, { login: 'control' }, async (session) =>
        inFile ? alterSystem(session, 'primary_conninfo', null) : redirect(session, withAddressParts(await conninfoOn(node, session), parts)),
      );
      await sent();
    }
  },
  verify: async (cluster, { follows }) => {
    const now = await Promise.all(follows.map(({ node }) => upstreamOf(cluster, node)));
    const wrong = now.filter(({ node, upstream }) => follows.find((one) => one.node === node)?.upstream !== upstream);
    return {
      holds: wrong.length === 0,
      expected: follows.map(({ node, upstream }) => `${node} follows ${named(cluster, upstream)}`).join(', '),
      seen: now.map(({ node, upstream }) => `${node} follows ${named(cluster, upstream)}`).join(', '),
    };
  },
  undo: { none: 'it is itself a way back' },
});

const Followed = z.object({ node: z.string(), upstream: z.string() });

/**
 * Makes standbys follow the new primary: slots there, primary_conninfo here, a reload (no restart since 13). A standby that has
 * received more than the new timeline's fork cannot follow; it is named, and rejoinNode rewinds or copies it.
 */
export const followPrimary = clusterOperation({
  effect: 'write',
  input: z.object({ target: TargetName, primary: z.string(), nodes: z.array(z.string()) }),
  example: { target: 'orders-eu', primary: 'orders-eu-2', nodes: ['orders-eu-3'] },
  requires: async (cluster, { primary, nodes }) => [
    ...(await requireRights(cluster, primary, { login: 'control', rights: [mayCheckpoint, mayMakeSlots] })),
    // A standby that does not answer is named afterwards, and follows when it is back.
    ...(await Promise.all(nodes.map((node) => mayRedirect(cluster, node).catch(() => [])))).flat(),
  ],
  locks: 'none',
  before: Followed,
  look: (cluster, { nodes }) =>
    Promise.all(nodes.map(async (node) => upstreamOf(cluster, node).catch(() => ({ node, upstream: 'does not answer' })))),
  binds: (before) => before.map(({ node }) => node),
  does: ({ primary, nodes }) => [
    `${primary}: CHECKPOINT`,
    ...nodes.map((node) => `${primary}: SELECT pg_create_physical_replication_slot('${slotOf(node)}', true)`),
    ...nodes.map((node) => alterSystemLine(node, 'primary_conninfo', `the same, towards ${primary}`)),
  ],
  act: async ({ cluster, input, sending, sent }) => {
    await sending();
    await cluster.on(input.primary, { login: 'control', statementMs: 120_000 }, async (session) => {
      // Before a rewind the control file must carry the new timeline.
      await session.run(sql`checkpoint`);
      await makeSlots(session, input.nodes.map(slotOf));
    });
    for (const node of input.nodes) if ((await viewNode(cluster, node)).server) await follow(cluster, node, input.primary);
    await sent();
  },
  verify: async (cluster, { primary, nodes }) => {
    const views = await lookUntil(
      () => Promise.all(nodes.map((node) => viewNode(cluster, node))),
      // A primary follows nobody, however long one waits.
      (seen) => seen.every((view) => streamsFrom(cluster, view, primary) || view.server?.standby === false),
      STREAMS_WITHIN_MS,
      null,
      100,
    );
    const left = views.filter((view) => view.server !== null && !streamsFrom(cluster, view, primary));
    const away = views.filter((view) => view.server === null);
    return {
      holds: left.length === 0,
      expected: `every standby that answers streams from ${primary}`,
      seen: left.length
        ? `${left.map((view) => `${view.name}: ${view.server?.receiver?.status ?? 'receives nothing'}`).join(', ')}; where its log says "forked off", run rejoinNode for it`
        : `${primary} takes writes; ${nodes.length - away.length} standbys follow${away.length ? `; ${away.map(({ name }) => name).join(', ')} does not answer` : ''}`,
    };
  },
  undo: { none: 'after the promotion only forward is possible' },
});

/** The connection and slot with which a node follows a primary: login and options are those that a node of the cluster already uses. */
export async function upstreamTowards(cluster: Cluster, node: string, primary: string): Promise<Upstream> {
  const known = await knownConninfo(cluster, node, [primary]);
  return { conninfo: writeConninfo(towards(new Map([...known, ['application_name', node]]), cluster.node(primary))), slot: slotOf(node) };
}

/** Makes one running standby follow a primary: the login and options come from a connection that a node of the cluster already uses. */
export async function follow(cluster: Cluster, node: string, primary: string): Promise<void> {
  const { conninfo, slot } = await upstreamTowards(cluster, node, primary);
  await cluster.on(node, { login: 'control' }, async (session) => {
    // Each reload that changes one of them ends the WAL receiver: both at once, and not again.
    if ((await settingOf(session, 'primary_conninfo')) === conninfo && (await settingOf(session, 'primary_slot_name')) === slot) return;
    await setSystem(session, 'primary_slot_name', slot);
    await alterSystem(session, 'primary_conninfo', conninfo);
  });
}

/** Whether a standby streams from a primary, on its timeline. */
export function streamsFrom(cluster: Cluster, view: NodeView, primary: string): boolean {
  const { server } = view;
  return server?.receiver?.status === 'streaming' && cluster.nodeAt(server.receiver.from)?.name === primary;
}

/** The connection with which a node replicates, its own or another node's. */
export async function knownConninfo(cluster: Cluster, node: string, others: readonly string[]): Promise<Conninfo> {
  for (const one of [node, ...others, ...cluster.nodes.map(({ name }) => name)]) {
    const text = await cluster.on(one, { login: 'read' }, (session) => settingOf(session, 'primary_conninfo')).catch(() => '');
    const conninfo = parseConninfo(text);
    if (conninfo.get('user')) return conninfo;
  }
  throw new KernelFailure(
    'CapabilityAbsent',
    `No node of ${cluster.target.name} has a primary_conninfo to take the replication login from. Set it on one of them by ALTER SYSTEM, then retry.`,
  );
}

const Text = z.object({ setting: z.string() });
const conninfoOn = async (node: string, session: Session): Promise<Conninfo> =>
  readable(
    node,
    one(Text).take(await session.query(sql`select coalesce(setting, '') as setting from pg_settings where name = 'primary_conninfo'`)).setting,
  );

async function redirect(session: Session, conninfo: Conninfo): Promise<void> {
  await alterSystem(session, 'primary_conninfo', writeConninfo(conninfo));
}

import { z } from 'zod';
import { TargetName } from '../../workflows/contracts/params';
import { KernelFailure } from '../sql/kernel-failure';
import type { Verdict } from '../effects/verdict';
import { one } from '../sql/rows';
import type { Session } from '../sql/session';
import { sql } from '../sql/sql';
import type { Cluster } from './cluster';
import { clusterOperation } from './cluster-operation';
import { viewNode } from './node-view';
import { lookUntil } from './poll';
import { alterSystem, isFromAutoConf, settingOf } from './settings';
import { mayAlterSystem, mayReload, mayTerminate, requireRights } from './rights';

const READ_ONLY = 'default_transaction_read_only';
const CLEARED_WITHIN_MS = 10_000;
const FENCING = [mayAlterSystem(READ_ONLY), mayReload];

const Fenced = z.object({ node: z.string(), timeline: z.number(), readOnly: z.string(), fromAutoConf: z.boolean() });

const Writers = z.object({ clients: z.number(), writing: z.number() });

/** Client sessions that are not ours, and those of them that have written. Source: pg_stat_activity. */
const WRITERS = sql`
  select count(*)::int as clients, (count(*) filter (where backend_xid is not null))::int as writing
    from pg_stat_activity where backend_type = 'client backend' and application_name not like 'rb:%' and datname is not null`;

const END_CLIENTS = sql`
  select pg_terminate_backend(pid) as ended
    from pg_stat_activity join pg_roles on oid = usesysid
   where backend_type = 'client backend' and application_name not like 'rb:%' and not rolsuper`;

const writersOf = async (session: Session): Promise<z.infer<typeof Writers>> => one(Writers).take(await session.query(WRITERS));

async function look(cluster: Cluster, { node }: { node: string }): Promise<z.infer<typeof Fenced>[]> {
  const view = await viewNode(cluster, node);
  if (!view.server) throw new KernelFailure('TargetUnreachable', `${node} does not answer: ${view.why ?? ''}.`, 'soon');
  const { standby, timeline } = view.server;
  if (standby) throw new KernelFailure('WrongRole', `${node} is a standby; a primary is to be fenced. Its role has changed: look at the topology.`);
  return cluster.on(node, { login: 'read' }, async (session) => [
    { node, timeline, readOnly: await settingOf(session, READ_ONLY), fromAutoConf: await isFromAutoConf(session, READ_ONLY) },
  ]);
}

/**
 * Makes new transactions on the primary read-only, and ends the clients that are connected past the endpoint.
 *
 * It does not replicate. Who escapes: a session that says `SET default_transaction_read_only = off` itself; the clean stop ends it.
 */
export const fencePrimary = clusterOperation({
  effect: 'write',
  input: z.object({ target: TargetName, node: z.string() }),
  example: { target: 'orders-eu', node: 'orders-eu-1' },
  requires: async (cluster, { node }) => [
    ...(await requireRights(cluster, node, { login: 'control', rights: FENCING })),
    ...(await requireRights(cluster, node, { login: 'signal', rights: [mayTerminate] })),
  ],
  locks: 'every client of the old primary is disconnected; new transactions are read-only',
  before: Fenced,
  look,
  does: ({ node }) => [
    `${node}: ALTER SYSTEM SET ${READ_ONLY} = on; SELECT pg_reload_conf()`,
    `${node}: pg_terminate_backend of every client that is not ours and no superuser's`,
  ],
  act: async ({ cluster, input: { node }, signal, sending, sent }) => {
    await sending();
    await cluster.on(node, { login: 'control' }, (session) => alterSystem(session, READ_ONLY, 'on'));
    await sent();
    await cluster.on(node, { login: 'signal' }, async (session) => {
      const left = await lookUntil(
        async () => {
          await session.query(END_CLIENTS);
          return writersOf(session);
        },
        ({ clients }) => clients === 0,
        CLEARED_WITHIN_MS / 10,
        signal,
      );
      if (left.writing === 0) return;
      const still = await lookUntil(
        () => writersOf(session),
        ({ writing }) => writing === 0,
        CLEARED_WITHIN_MS,
        signal,
      );
      if (still.writing > 0)
        throw new KernelFailure(
          'VerificationFailed',
          `${still.writing} sessions on ${node} have written and do not end (superusers are not ended by us). End them, then retry, or roll back.`,
        );
    });
  },
  verify: async (cluster, { node }) =>
    cluster.on(node, { login: 'read' }, async (session) => {
      const readOnly = await lookUntil(
        () => settingOf(session, READ_ONLY),
        (value) => value === 'on',
        2_000,
        null,
      );
      const { writing } = await writersOf(session);
      const holds = readOnly === 'on' && writing === 0;
      return {
        holds,
        expected: 'read-only by default, nobody writing',
        seen: holds ? `nobody takes writes: ${node} is fenced` : `${READ_ONLY} = ${readOnly}, ${writing} writing`,
      };
    }),
  left: (cluster, { node }, before) => fencedOrAsBefore(cluster, node, { before, asBefore: false }),
  cut: (cluster, { node }, before) => fencedOrAsBefore(cluster, node, { before, asBefore: true }),
  undo: {
    by: 'unfencePrimary',
    input: ({ target, node }, before) => ({ target, node, readOnly: before[0]?.readOnly ?? 'off', fromAutoConf: before[0]?.fromAutoConf ?? false }),
  },
});

/** Whether the same primary is fenced as this run fenced it; for a cut attempt also, whether it is not yet, or no longer. */
async function fencedOrAsBefore(
  cluster: Cluster,
  node: string,
  { before, asBefore }: { before: readonly z.infer<typeof Fenced>[]; asBefore: boolean },
): Promise<Verdict> {
  const [now] = await look(cluster, { node });
  const [was] = before;
  const holds = now?.timeline === was?.timeline && (now?.readOnly === 'on' || (asBefore && now?.readOnly === was?.readOnly));
  return {
    holds,
    expected: `${READ_ONLY} = on, timeline ${was?.timeline ?? '?'}`,
    seen: `${READ_ONLY} = ${now?.readOnly ?? '?'}, timeline ${now?.timeline ?? '?'}`,
  };
}

/** Sets default_transaction_read_only back to what it was. */
export const unfencePrimary = clusterOperation({
  effect: 'write',
  input: z.object({ target: TargetName, node: z.string(), readOnly: z.string(), fromAutoConf: z.boolean() }),
  example: { target: 'orders-eu', node: 'orders-eu-1', readOnly: 'off', fromAutoConf: false },
  requires: (cluster, { node }) => requireRights(cluster, node, { login: 'control', rights: FENCING }),
  locks: 'none',
  before: Fenced,
  look: (cluster, { node }) => look(cluster, { node }),
  does: ({ node, readOnly, fromAutoConf }) => [
    fromAutoConf
      ? `${node}: ALTER SYSTEM SET ${READ_ONLY} = ${readOnly}; SELECT pg_reload_conf()`
      : `${node}: ALTER SYSTEM RESET ${READ_ONLY}; SELECT pg_reload_conf()`,
  ],
  act: async ({ cluster, input: { node, readOnly, fromAutoConf }, sending, sent }) => {
    await sending();
    await cluster.on(node, { login: 'control' }, (session) => alterSystem(session, READ_ONLY, fromAutoConf ? readOnly : null));
    await sent();
  },
  verify: async (cluster, { node, readOnly }) =>
    cluster.on(node, { login: 'read' }, async (session) => {
      const now = await lookUntil(
        () => settingOf(session, READ_ONLY),
        (value) => value === readOnly,
        2_000,
        null,
      );
      return { holds: now === readOnly, expected: `${READ_ONLY} = ${readOnly}`, seen: `${node}: ${READ_ONLY} = ${now}` };
    }),
  undo: { none: 'it is itself a way back' },
});

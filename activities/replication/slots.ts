import { z } from 'zod';
import { TargetName } from '../../workflows/contracts/params';
import { many } from '../sql/rows';
import type { Session } from '../sql/session';
import { sql } from '../sql/sql';
import { slotOf } from '../targets/slot-name';
import type { Cluster } from './cluster';
import { clusterOperation } from './cluster-operation';
import { mayCheckpoint, mayMakeSlots, requireRights } from './rights';

const NodeName = z.string().min(1);
const SlotName = z.object({ name: z.string(), active: z.boolean() });

/** Physical slots of a server. Source: pg_replication_slots. */
export async function physicalSlots(session: Session): Promise<z.infer<typeof SlotName>[]> {
  const rows = await session.query(
    sql`select slot_name as name, active from pg_replication_slots where slot_type = 'physical' and not temporary order by slot_name`,
  );
  return many(SlotName).take(rows);
}

/** Makes the slots that are missing; allowed on a standby too. */
export async function makeSlots(session: Session, names: readonly string[]): Promise<void> {
  const there = (await physicalSlots(session)).map(({ name }) => name);
  for (const name of names)
    if (!there.includes(name))
      await session.query(
        sql`select pg_create_physical_replication_slot(${name}, true) where not exists (select from pg_replication_slots where slot_name = ${name})`,
      );
}

/** Drops slots that nobody uses; one in use stays. */
export async function dropSlots(session: Session, names: readonly string[]): Promise<void> {
  for (const { name, active } of await physicalSlots(session))
    if (names.includes(name) && !active) await session.query(sql`select pg_drop_replication_slot(${name})`);
}

const Missing = z.object({ slot: z.string() });

const missing = async (cluster: Cluster, node: string, others: readonly string[]): Promise<{ slot: string }[]> => {
  const there = (await cluster.on(node, { login: 'read' }, physicalSlots)).map(({ name }) => name);
  return others
    .map(slotOf)
    .filter((slot) => !there.includes(slot))
    .map((slot) => ({ slot }));
};

/** Writes the dirty pages of both servers out, so that stop and promotion are short, and makes the slots that the others will need on the candidate. */
export const warmUp = clusterOperation({
  effect: 'write',
  input: z.object({ target: TargetName, primary: NodeName, candidate: NodeName, followers: z.array(NodeName) }),
  example: { target: 'orders-eu', primary: 'orders-eu-1', candidate: 'orders-eu-2', followers: ['orders-eu-3'] },
  exampleBefore: [{ slot: 'orders_eu_1' }, { slot: 'orders_eu_3' }],
  requires: async (cluster, { primary, candidate }) => [
    ...(await requireRights(cluster, primary, { login: 'control', rights: [mayCheckpoint] })),
    ...(await requireRights(cluster, candidate, { login: 'control', rights: [mayCheckpoint, mayMakeSlots] })),
  ],
  locks: 'none; a checkpoint writes to disk',
  before: Missing,
  look: (cluster, { primary, candidate, followers }) => missing(cluster, candidate, [primary, ...followers]),
  does: ({ primary, candidate }, before) => [
    `${primary}: CHECKPOINT`,
    `${candidate}: CHECKPOINT`,
    ...before.map(({ slot }) => `${candidate}: SELECT pg_create_physical_replication_slot('${slot}', true)`),
  ],
  act: async ({ cluster, input, before, sending, sent }) => {
    await sending();
    for (const node of [input.primary, input.candidate])
      await cluster.on(node, { login: 'control', statementMs: 120_000 }, (session) => session.run(sql`checkpoint`));
    await cluster.on(input.candidate, { login: 'control' }, (session) =>
      makeSlots(
        session,
        before.map(({ slot }) => slot),
      ),
    );
    await sent();
  },
  verify: async (cluster, { candidate, primary, followers }) => {
    const left = await missing(cluster, candidate, [primary, ...followers]);
    return {
      holds: left.length === 0,
      expected: 'a slot for each other node on the candidate',
      seen: left.length ? `missing: ${left.map(({ slot }) => slot).join(', ')}` : `${primary} takes writes; ${candidate} is ready`,
    };
  },
  // Only what was missing was made, and only what nobody uses is dropped: whatever is there of it is ours.
  cut: (_, __, before) => Promise.resolve({ holds: true, expected: 'some of the slots', seen: before.map(({ slot }) => slot).join(', ') }),
  undo: { by: 'dropMadeSlots', input: ({ target, candidate }, before) => ({ target, node: candidate, slots: before.map(({ slot }) => slot) }) },
});

/** Drops slots of a node that nobody uses. */
export const dropMadeSlots = clusterOperation({
  effect: 'write',
  input: z.object({ target: TargetName, node: NodeName, slots: z.array(z.string()) }),
  example: { target: 'orders-eu', node: 'orders-eu-1', slots: ['orders_eu_2', 'orders_eu_3'] },
  requires: (cluster, { node }) => requireRights(cluster, node, { login: 'control', rights: [mayMakeSlots] }),
  locks: 'none',
  before: Missing,
  look: async (cluster, { node, slots }) =>
    (await cluster.on(node, { login: 'read' }, physicalSlots))
      .filter(({ name, active }) => slots.includes(name) && !active)
      .map(({ name }) => ({ slot: name })),
  binds: () => null,
  does: ({ node, slots }) => slots.map((slot) => `${node}: SELECT pg_drop_replication_slot('${slot}') where nobody uses it`),
  act: async ({ cluster, input, sending, sent }) => {
    await sending();
    await cluster.on(input.node, { login: 'control' }, (session) => dropSlots(session, input.slots));
    await sent();
  },
  verify: async (cluster, { node, slots }) => {
    const there = (await cluster.on(node, { login: 'read' }, physicalSlots)).filter(({ name, active }) => slots.includes(name) && !active);
    return {
      holds: there.length === 0,
      expected: 'none of these slots unused',
      seen: there.map(({ name }) => name).join(', ') || 'none of them is left unused',
    };
  },
  undo: { none: 'an unused slot only holds WAL back' },
});

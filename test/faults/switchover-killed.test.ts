import { monotone } from '../../scripts/parts/endpoint-prober';
import type { Stage } from '../../activities/effects/attempt';
import { safeEndpoint, stateOf, writableNodes } from '../support/replication/cluster-state';
import { startReplicationWorld, type ReplicationWorld } from '../support/replication/replication-world';
import { underLoad } from '../support/replication/under-load';

/** Every change of a switchover, in its order; `nth` where one has several effects. */
const CHANGES: readonly { readonly operation: string; readonly nth?: number }[] = [
  { operation: 'warmUp' },
  { operation: 'closeEndpoint' },
  { operation: 'fencePrimary' },
  { operation: 'stopPrimary' },
  { operation: 'promote' },
  { operation: 'verifyPrimary' },
  { operation: 'openEndpointAt' },
  { operation: 'followPrimary' },
  { operation: 'startAsStandby' },
  { operation: 'dropMadeSlots' },
];
const STAGES: readonly Stage[] = ['before effect', 'effect sent'];

let world: ReplicationWorld;
beforeAll(async () => {
  world = await startReplicationWorld();
}, 240_000);
afterAll(() => world.stop());

test.each(STAGES)(
  'a switchover whose worker is killed in every change, %s, loses nothing and ends well',
  async (stage) => {
    const before = await stateOf(world);
    const { history, writers, written } = await underLoad(world, async () => {
      const id = `switchover/${stage}`;
      const rules = CHANGES.map((change) => ({ run: id, stage, ...change }));
      let doomed = await world.worker(rules.slice(0, 1));
      const run = await world.start('switchover', {}, id);
      await run.approve();
      for (const next of [...rules.slice(1), null]) {
        await doomed.died();
        expect(safeEndpoint(world, await stateOf(world))).toBe(true);
        doomed = await world.worker(next ? [next] : []);
      }
      const end = await run.until((now) => now.outcome !== null || now.parked !== null, 'the end');
      expect([end.outcome, end.parked]).toEqual(['done', null]);
      await doomed.kill();
    });
    const state = await stateOf(world);
    const timeline = (one: typeof state): number => Math.max(...one.nodes.map((node) => node.timeline ?? 0));
    expect(timeline(state)).toBe(timeline(before) + 1);
    expect(writableNodes(state)).toHaveLength(1);
    expect(writableNodes(state)).not.toEqual(writableNodes(before));
    expect(safeEndpoint(world, state)).toBe(true);
    expect(monotone(history)).toBe(true);
    expect(state.nodes.flatMap(({ unusedSlots }) => unusedSlots)).toEqual([]);
    for (const node of world.cluster.nodes) expect([node.name, await writers.lostOn(node.url('shop'))]).toEqual([node.name, []]);
    expect(written.acknowledged.length).toBeGreaterThan(0);
  },
  600_000,
);

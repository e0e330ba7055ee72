import { startCuttingProxy, type CuttingProxy } from '../support/replication/cut-at';
import { stateOf, writableNodes } from '../support/replication/cluster-state';
import { startReplicationWorld, type ReplicationWorld } from '../support/replication/replication-world';

let world: ReplicationWorld;
let proxy: CuttingProxy;
beforeAll(async () => {
  world = await startReplicationWorld({
    through: async (node, port) => (node === 'node2' ? (proxy = await startCuttingProxy(port, 'select pg_promote(true')).port : port),
  });
  await world.worker();
}, 240_000);
afterAll(async () => {
  await world.stop();
  await proxy.close();
});

test('a promotion whose answer is lost is learnt from the topology, and not ordered again', async () => {
  const run = await world.start('switchover', { candidate: 'node2' });
  await run.approve();
  const end = await run.until((now) => now.outcome !== null || now.parked !== null, 'the end');
  expect([end.outcome, end.parked]).toEqual(['done', null]);
  expect(proxy.seen()).toBe(1);
  const state = await stateOf(world);
  expect(writableNodes(state)).toEqual(['node2']);
  expect(state.nodes.find(({ node }) => node === 'node2')).toMatchObject({ timeline: 2 });
}, 240_000);

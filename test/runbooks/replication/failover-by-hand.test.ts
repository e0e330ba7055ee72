import { safeEndpoint, stateOf, writableNodes } from '../../support/replication/cluster-state';
import { startReplicationWorld, type ReplicationWorld } from '../../support/replication/replication-world';
import type { RunHandle } from '../../support/world';

let world: ReplicationWorld;
beforeAll(async () => {
  world = await startReplicationWorld({
    further: (shop) => ({
      byhand: { ...shop, nodes: shop.nodes.map((node) => ({ ...node, control: { by: 'person' } })) },
      noleader: { ...shop, nodes: shop.nodes.map((node) => ({ ...node, promotable: false })) },
    }),
  });
  await world.worker();
  await world.cluster.kill9('node1');
}, 240_000);
afterAll(() => world.stop());

/** A failover that has closed the endpoint and waits for the word of the person who looks after the old primary. */
async function asked(): Promise<RunHandle> {
  const run = await world.start('failover', { target: 'byhand', observe: '1 second', maxLossBytes: 'unknown' });
  await run.approve();
  await run.until((now) => now.gate?.title === 'A person attests that the old primary is off and stays off', 'the question to a person');
  return run;
}

test('where no standby may lead it is refused before anything is changed', async () => {
  const before = await stateOf(world);
  const { type, message } = await (await world.start('failover', { target: 'noleader', observe: '1 second', maxLossBytes: 'unknown' })).failure();
  expect([type, message]).toEqual(['PreconditionUnmet', expect.stringContaining('no standby that may lead answers (of node2, node3)')]);
  expect(await stateOf(world)).toEqual(before);
});

test('where a person looks after the nodes nothing is promoted before that person attests that the old primary is off', async () => {
  const before = await stateOf(world);
  const run = await asked();
  const state = await stateOf(world);
  expect([writableNodes(state), state.endpoint.open]).toEqual([[], 'closed']);
  await run.send('reject', { by: 'ann', reason: 'nobody can reach the machine' });
  expect(await run.failure()).toMatchObject({ type: 'RolledBack', message: expect.stringContaining('nobody can reach the machine') });
  expect(await stateOf(world)).toEqual(before);
});

test('with that word it leads on; an old primary that comes back is not behind the endpoint, and is named', async () => {
  const run = await asked();
  await run.approve();
  expect(await run.result()).toMatchObject({
    outcome: 'done',
    summary: expect.stringMatching(/^node2 leads byhand instead of node1, which is off by the word of a person\. Lost: unknown/),
  });
  expect(safeEndpoint(world, await stateOf(world))).toBe(true);
  expect((await run.report()).advice[0]).toContain("Keep node1 off until it is made a standby of node2: nothing but a person's word");

  await world.cluster.start('node1');
  const state = await stateOf(world);
  expect(writableNodes(state)).toEqual(['node1', 'node2']);
  expect(state.endpoint).toEqual({ open: 'open', node: `127.0.0.1:${world.cluster.node('node2').port}` });

  const { summary } = await (await world.start('checkReplication', { target: 'byhand' })).result();
  expect(summary).toContain('more than one node accepts writes: node1 (timeline 1), node2 (timeline 2)');
  expect(summary).not.toContain('node1 is the primary');
  const { message } = await (await world.start('rejoinNode', { target: 'byhand', node: 'node1' })).failure();
  expect(message).toMatch(/^node1 runs as a primary beside node2: stop it now\..*pg_rewind against node2.*Nothing had been changed\.$/);
});

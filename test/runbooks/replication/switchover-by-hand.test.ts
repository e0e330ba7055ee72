import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { serverAccount } from '../../../scripts/parts/postgres-account';
import { safeEndpoint, stateOf, writableNodes } from '../../support/replication/cluster-state';
import { startReplicationWorld, type ReplicationWorld } from '../../support/replication/replication-world';
import { underLoad } from '../../support/replication/under-load';

let world: ReplicationWorld;
beforeAll(async () => {
  world = await startReplicationWorld({
    further: (shop) => ({ byhand: { ...shop, nodes: shop.nodes.map((node) => ({ ...node, control: { by: 'person' } })) } }),
  });
  await world.worker();
}, 240_000);
afterAll(() => world.stop());

test('where a person looks after the nodes, the run asks, does not believe too early, and goes on when the server is stopped', async () => {
  const { written, writers } = await underLoad(world, async () => {
    const run = await world.start('switchover', { target: 'byhand' });
    await run.approve();
    await run.until((now) => now.gate?.title.startsWith('A person stops') ?? false, 'the question to a person');
    expect(safeEndpoint(world, await stateOf(world))).toBe(true);

    await run.approve();
    const { parked } = await run.until((now) => now.parked !== null, 'the proof that does not hold');
    expect(parked).toMatchObject({ step: 'Nothing is missing on the candidate', failure: { type: 'PreconditionUnmet' } });
    expect(writableNodes(await stateOf(world))).toEqual([]);

    const { dataDirectory } = world.cluster.node('node1');
    writeFileSync(join(dataDirectory, 'standby.signal'), '');
    execFileSync(join(world.cluster.bin, 'pg_ctl'), ['stop', '-w', '-m', 'fast', '-D', dataDirectory], { cwd: '/', ...serverAccount() });
    await run.send('retry', { by: 'olga' });
    const end = await run.until((now) => now.outcome !== null || now.parked !== null, 'the end');
    expect([end.outcome, end.parked]).toEqual(['done', null]);
    expect(end.summary).toContain('a person says that it is stopped');
  });
  const state = await stateOf(world);
  expect(writableNodes(state)).toEqual(['node2']);
  expect(safeEndpoint(world, state)).toBe(true);
  expect(await writers.lostOn(world.cluster.node('node2').url('shop'))).toEqual([]);
  expect(written.acknowledged.length).toBeGreaterThan(0);
}, 240_000);

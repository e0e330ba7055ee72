import { startAcknowledgedWriters } from '../../../scripts/parts/acknowledged-writers';
import { startReplicationWorld, type ReplicationWorld } from '../../support/replication/replication-world';

let world: ReplicationWorld;

beforeAll(async () => {
  world = await startReplicationWorld();
  await world.worker();
}, 90_000);
afterAll(() => world.stop());

test('a switchover under four writers loses nothing', async () => {
  const writers = startAcknowledgedWriters({ url: world.appUrl, writers: 4, pauseMs: 2 });
  const run = await world.start('switchover');
  await run.approve();
  const end = await run.until((now) => now.outcome !== null || now.parked !== null, 'the end');
  const written = await writers.stop();
  console.log(end.summary, JSON.stringify(end.parked), written.errors, written.longestPauseMs, written.acknowledged.length, written.messages);
  expect(end.outcome).toBe('done');
  expect(await writers.lostOn(world.cluster.node('node2').url('shop'))).toEqual([]);
}, 120_000);

import { recordHistory } from '../../support/record-history';
import { clusterOf, stateOf } from '../../support/replication/cluster-state';
import { startReplicationWorld, type ReplicationWorld } from '../../support/replication/replication-world';

let world: ReplicationWorld;
beforeAll(async () => {
  world = await startReplicationWorld();
  await world.worker();
}, 240_000);
afterAll(() => world.stop());

const close = (): Promise<void> => clusterOf(world).endpoint.close('kill', 1_000, new AbortController().signal);

test('an open endpoint on the primary needs nothing', async () => {
  expect((await (await world.start('openEndpoint')).result()).outcome).toBe('nothing to do');
});

test('the happy path: a closed endpoint is opened on the only primary', async () => {
  const before = await stateOf(world);
  await close();
  const run = await world.start('openEndpoint', {}, 'open-endpoint/recorded');
  await run.approve();
  expect((await run.result()).outcome).toBe('done');
  if (process.env['RECORD_HISTORIES'] === '1') recordHistory('open-endpoint', await run.handle.fetchHistory());
  expect(await stateOf(world)).toEqual(before);
});

test('it stays closed while a node may lead without answering', async () => {
  await close();
  world.cluster.freeze('node3');
  const { type, message } = await (await world.start('openEndpoint')).failure();
  world.cluster.thaw('node3');
  expect(type).toBe('PreconditionUnmet');
  expect(message).toMatch(/node3 does not answer .*nothing proves that it is stopped/);
  expect((await stateOf(world)).endpoint.open).toBe('closed');
});

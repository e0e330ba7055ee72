import { setTimeout as sleep } from 'node:timers/promises';
import { startAcknowledgedWriters } from '../../../scripts/parts/acknowledged-writers';
import { ask, positionOf } from '../../support/replication/start-state';
import { monotone, startEndpointProber } from '../../../scripts/parts/endpoint-prober';
import { startReplicationWorld, type ReplicationWorld, type ReplicationWorldOptions } from '../../support/replication/replication-world';
import { startSampling } from '../../support/replication/sampling';
import { startTcpEndpoint, type TcpEndpoint } from '../../../scripts/parts/tcp-endpoint';
import type { RunHandle } from '../../support/world';

jest.setTimeout(300_000);

let world: ReplicationWorld;
let ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ends.reverse()) await end();
  ends = [];
});

async function started(options: ReplicationWorldOptions = {}): Promise<void> {
  world = await startReplicationWorld(options);
  ends.push(() => world.stop());
}
function load(): { writers: ReturnType<typeof startAcknowledgedWriters>; prober: ReturnType<typeof startEndpointProber> } {
  const [writers, prober] = [startAcknowledgedWriters({ url: world.appUrl, pauseMs: 2 }), startEndpointProber(world.appUrl)];
  ends.push(() => writers.stop(), () => prober.stop()); // prettier-ignore
  return { writers, prober };
}
const parkedOrEnded = (run: RunHandle) => run.until((now) => now.parked !== null || now.outcome !== null, 'parking or the end');
const shown = async (run: RunHandle, operation: string): Promise<Record<string, unknown>> =>
  (await run.report()).plan?.steps.find((step) => step.operation === operation)?.shown as Record<string, unknown>;
const writable = (url: string) => ask(url, 'select not pg_is_in_recovery() as writable');

test('synchronous by quorum, killed while its walsenders hang: nothing acknowledged is lost, proved, and nothing has to be accepted', async () => {
  await started({ major: 15, sync: 'ANY 1 (node2,node3)' });
  await world.worker();
  const { writers, prober } = load();
  const stopSampling = startSampling(world);
  await sleep(2_000);
  await world.cluster.freezeWalSenders('node1');
  await sleep(2_000);
  await world.cluster.kill9('node1');
  await sleep(1_000);
  await stopSampling();
  const run = await world.start('failover');
  await run.approve();
  const end = await parkedOrEnded(run);
  expect(end).toMatchObject({ outcome: 'done', parked: null });
  expect(end.summary).toMatch(/Lost: nothing acknowledged: ANY 1 \(node2,node3\), and 2 of 2 answer/);
  expect(await shown(run, 'chooseCandidate')).toMatchObject({ proved: true, loseBytes: 0 });
  await sleep(500);
  const { acknowledged } = await writers.stop();
  console.log(`sync: ${acknowledged.length} acknowledged`);
  expect(acknowledged.length).toBeGreaterThan(100);
  expect(await writers.lostOn(world.cluster.node('node2').url('shop'))).toEqual([]);
  expect(monotone(await prober.stop())).toBe(true);
});

test('frozen with nothing sampled: the loss is unknown, only "unknown" accepts it, and after the failover nothing is left to wake', async () => {
  await started({ settings: { wal_receiver_timeout: '6s' } });
  await world.worker();
  const { prober } = load();
  await sleep(1_000);
  world.cluster.freeze('node1');
  const { type, message } = await (await world.start('failover', { maxLossBytes: 1_000_000_000, observe: '1 second' })).failure();
  expect(type).toBe('PreconditionUnmet');
  expect(message).toMatch(
    /may lose an unknown amount \(unknown: the sampler has stored nothing.*maxLossBytes is 1000000000.*"maxLossBytes": "unknown"/,
  );
  const run = await world.start('failover', { maxLossBytes: 'unknown', observe: '1 second' });
  await run.approve();
  expect(await shown(run, 'observePrimary')).toMatchObject({ mayStillWrite: true, uncertain: [expect.stringMatching(/whether node1 is off/)] });
  expect(await parkedOrEnded(run)).toMatchObject({ outcome: 'done', parked: null });
  const choice = await shown(run, 'chooseCandidate');
  expect(choice).toMatchObject({ proved: false, loseBytes: null });
  world.cluster.thaw('node1');
  await sleep(500);
  expect(await writable(world.cluster.node('node1').url())).toBe('no answer');
  expect(await writable(world.cluster.node(String(choice['candidate'])).url())).toEqual([{ writable: true }]);
  expect(monotone(await prober.stop())).toBe(true);
});

test('a cut network: refused while a standby hears the idle primary, done when nobody does, and what it took meanwhile is within the bound', async () => {
  const wires = new Map<string, TcpEndpoint>();
  const wire = async (name: string, node: string, port: number): Promise<number> => {
    const made = await startTcpEndpoint({
      stateFile: `/tmp/wire-${process.pid}-${name}-${port}.json`,
      node: { name: node, host: '127.0.0.1', port },
    });
    wires.set(name, made);
    ends.push(() => made.stop());
    return made.port;
  };
  await started({
    settings: { wal_receiver_timeout: '10s' },
    through: async (node, port) => (node === 'node1' ? wire('standbys', node, port) : port),
  });
  const [first] = (world.registry.targets['shop'] as { nodes: { port: number }[] }).nodes;
  if (!first) throw new Error('There are three nodes.');
  const node1 = world.cluster.node('node1');
  first.port = await wire('worker', 'node1', node1.port);
  await world.worker();
  const stopSampling = startSampling(world);
  ends.push(stopSampling);
  await sleep(1_000);
  await wires.get('worker')?.stop();
  const alone = await (await world.start('failover', { maxLossBytes: 'unknown', observe: '1 second' })).failure();
  expect(alone.message).toMatch(/node[23] heard from the primary [\d.]+ seconds ago, while we looked: it lives, and only we cannot reach it/);

  const { writers, prober } = load();
  await sleep(1_000);
  await wires.get('standbys')?.stop();
  await sleep(1_000);
  const run = await world.start('failover', { maxLossBytes: 'unknown', observe: '1 second' });
  await run.until((now) => now.gate !== null || now.outcome !== null, 'the gate');
  expect(await shown(run, 'observePrimary')).toMatchObject({ dead: 'node1', mayStillWrite: true });
  const reached = await positionOf(node1.url());
  const stood = await positionOf(world.cluster.node('node2').url());
  await run.approve();
  expect(await parkedOrEnded(run)).toMatchObject({ outcome: 'done', parked: null });
  console.log(`cut: node1 was ${reached - stood} bytes ahead at the gate, shown ${JSON.stringify(await shown(run, 'chooseCandidate'))}`);
  expect(await writable(node1.url())).toBe('no answer');
  await sleep(500);
  expect((await writers.lostOn(world.cluster.node('node2').url('shop'))).length).toBeGreaterThan(0);
  expect(monotone(await prober.stop())).toBe(true);
});

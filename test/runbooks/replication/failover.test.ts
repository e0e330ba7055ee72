import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { KernelFailure } from '../../../activities/sql/kernel-failure';
import type { OnStage } from '../../../activities/effects/activity';
import type { PlannedStep } from '../../../workflows/contracts/journal';
import { recordHistory } from '../../support/record-history';
import { startAcknowledgedWriters, type AcknowledgedWriters } from '../../../scripts/parts/acknowledged-writers';
import { ask, clusterState, positionOf } from '../../support/replication/start-state';
import { monotone, startEndpointProber, type EndpointProber } from '../../../scripts/parts/endpoint-prober';
import { startReplicationWorld, type ReplicationWorld } from '../../support/replication/replication-world';
import { clusterOf } from '../../support/replication/cluster-state';
import { startSampling } from '../../support/replication/sampling';
import { startStagedWorker } from '../../support/replication/staged-worker';
import type { RunHandle } from '../../support/world';

const BEFORE_PROMOTION = ['write closeEndpoint', 'write fenceNode', 'write detachStandbys', 'read chooseCandidate'];
const MAY_LOSE = 50_000_000;

let world: ReplicationWorld;
let worker: { stop(): Promise<void> };
let told: OnStage = () => undefined;
let writers: AcknowledgedWriters;
let prober: EndpointProber;
let reached: number;
/** The further standby: the two are cut off one after the other, and a write may have come between. */
let leader: 'node2' | 'node3';

beforeAll(async () => {
  world = await startReplicationWorld();
  worker = await startStagedWorker(world, (...stage) => told(...stage));
}, 240_000);
afterAll(async () => {
  await Promise.all([writers?.stop(), prober?.stop()]);
  await worker?.stop();
  await world?.stop();
});
beforeEach(() => void (told = () => undefined));

const chosen = (steps: readonly PlannedStep[]): { candidate: string; loseBytes: number; proved: boolean; loss: string; why: string[] } =>
  steps.find(({ operation }) => operation === 'chooseCandidate')?.shown as ReturnType<typeof chosen>;
const parkedOrEnded = (run: RunHandle) => run.until((now) => now.parked !== null || now.outcome !== null, 'parking or the end');

test('a primary that answers is switched over, not failed over', async () => {
  const { type, message } = await (await world.start('failover')).failure();
  expect(type).toBe('PreconditionUnmet');
  expect(message).toMatch(/node1 answers and is a primary: use the runbook switchover/);
});

test('by default nothing may be lost, and the refusal says how much it would be', async () => {
  writers = startAcknowledgedWriters({ url: world.appUrl, pauseMs: 2 });
  prober = startEndpointProber(world.appUrl);
  const stopSampling = startSampling(world);
  await sleep(2_000);
  await world.cluster.freezeWalSenders('node1');
  await sleep(2_000);
  reached = await positionOf(world.cluster.node('node1').url());
  await world.cluster.kill9('node1');
  await sleep(1_000);
  const [second, third] = await Promise.all(['node2', 'node3'].map((name) => positionOf(world.cluster.node(name).url())));
  leader = (third ?? 0) > (second ?? 0) ? 'node3' : 'node2';
  await stopSampling();
  const { type, message } = await (await world.start('failover', { observe: '1 second' })).failure();
  expect(type).toBe('PreconditionUnmet');
  const bound = Number(/may lose up to (\d+) bytes of WAL/.exec(message)?.[1]);
  expect(bound).toBeGreaterThan(0);
  expect(message).toMatch(new RegExp(`maxLossBytes is 0. Start again with "maxLossBytes": ${bound} if the business accepts that`));
  expect((await (await world.start('failover', { observe: '1 second', maxLossBytes: 1 })).failure()).type).toBe('PreconditionUnmet');
});

test('the plan names candidate, reason, loss, and what is certain, and writes nothing', async () => {
  const before = await clusterState(world);
  const { plan } = await (await world.start('failover', { mode: 'plan', maxLossBytes: MAY_LOSE })).result();
  expect(chosen(plan?.steps ?? [])).toMatchObject({
    candidate: leader,
    proved: false,
    why: [
      expect.stringMatching(new RegExp(`^${leader}: the furthest`)),
      expect.stringMatching(/^not node[23]: (as far, and later by name|\d+ bytes behind it)$/),
    ],
  });
  expect(plan?.steps.find(({ operation }) => operation === 'observePrimary')?.shown).toMatchObject({
    dead: 'node1',
    mayStillWrite: false,
    certain: [
      expect.stringMatching(/node1 did not answer in \d+ looks/),
      'no process of node1 lives',
      'node2: its WAL receiver is gone',
      'node3: its WAL receiver is gone',
    ],
    uncertain: [],
  });
  expect(await clusterState(world)).toEqual(before);
});

test.each(BEFORE_PROMOTION)('a failure in %s is rolled back to the start', async (failing) => {
  const before = await clusterState(world);
  let writes = 0;
  told = (operation, kind, stage) => {
    if (kind === 'write' && stage === 'connected') writes++;
    if (writes > 0 && `${kind} ${operation}` === failing && ['effect sent', 'answered'].includes(stage))
      throw new KernelFailure('OperationRejected', 'made to fail here');
  };
  const run = await world.start('failover', { maxLossBytes: MAY_LOSE, observe: '1 second' });
  await run.approve();
  expect((await parkedOrEnded(run)).parked?.failure.type).toBe('OperationRejected');
  await run.send('rollback', { by: 'olga', reason: 'it failed' });
  await parkedOrEnded(run);
  expect(await run.status()).toMatchObject({ outcome: 'rolled back', parked: null });
  expect(await clusterState(world)).toEqual(before);
});

test('the loss is not greater than shown, and after the promotion there is only forward', async () => {
  const stood = await positionOf(world.cluster.node(leader).url());
  let refused = '';
  told = async (operation, _, stage) => {
    if (operation !== 'verifyPrimary' || stage !== 'before effect') return;
    refused = await run.send('rollback', { by: 'olga', reason: 'too late' }).then(
      () => 'accepted',
      (error: { cause?: Error }) => error.cause?.message ?? 'refused without a reason',
    );
  };
  const run = await world.start('failover', { maxLossBytes: MAY_LOSE }, 'failover/recorded');
  await run.approve();
  const end = await parkedOrEnded(run);
  expect(end).toMatchObject({ outcome: 'done', parked: null });
  expect(end.summary).toMatch(new RegExp(`^${leader} leads shop instead of node1\\. Lost: at most \\d+ bytes of WAL.*${leader} takes writes`));
  expect(refused).toMatch(/past the point of no return/);
  const bound = chosen((await run.report()).plan?.steps ?? []).loseBytes;
  await sleep(500);
  const lost = await writers.lostOn(world.cluster.node(leader).url('shop'));
  console.log(`lost ${lost.length} of ${writers.count()} acknowledged, ${reached - stood} bytes; shown ${bound}`);
  expect(lost.length).toBeGreaterThan(0);
  expect(reached - stood).toBeGreaterThan(0);
  expect(bound).toBeGreaterThanOrEqual(reached - stood);
  if (process.env['RECORD_HISTORIES'] === '1') recordHistory('failover', await run.handle.fetchHistory());
});

test('the old primary comes back as a standby, whoever starts it, and nothing points at it', async () => {
  expect(existsSync(join(world.cluster.node('node1').dataDirectory, 'standby.signal'))).toBe(true);
  await world.cluster.start('node1');
  expect(await ask(world.cluster.node('node1').url(), 'select pg_is_in_recovery() as standby')).toEqual([{ standby: true }]);
  expect((await clusterOf(world).endpoint.describe()).node).toBe(`127.0.0.1:${world.cluster.node(leader).port}`);
  const { longestPauseMs, acknowledged } = await writers.stop();
  console.log(`longest pause ${longestPauseMs} ms, ${acknowledged.length} acknowledged`);
  const history = await prober.stop();
  expect(monotone(history)).toBe(true);
  expect(new Set(history.flatMap((sight) => ('error' in sight ? [] : [`${sight.node}/${sight.timeline}`])))).toEqual(
    new Set(['node1/1', `${leader}/2`]),
  );
});

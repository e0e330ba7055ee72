import type { CrashRule } from '../support/crash-rule';
import { safeEndpoint, settledState, stateOf, writableNodes, type ClusterState } from '../support/replication/cluster-state';
import { startReplicationWorld, type ReplicationWorld } from '../support/replication/replication-world';
import type { RunHandle } from '../support/world';

let world: ReplicationWorld;
beforeAll(async () => {
  world = await startReplicationWorld();
}, 240_000);
afterAll(() => world.stop());

type Cut = Pick<CrashRule, 'operation' | 'stage'> & { readonly nth?: number };

const BEFORE_PROMOTION: readonly Cut[] = [
  { operation: 'closeEndpoint', stage: 'effect sent' },
  { operation: 'fencePrimary', stage: 'effect sent' },
  { operation: 'stopPrimary', stage: 'effect sent' },
  { operation: 'stopPrimary', stage: 'effect sent', nth: 2 },
];

/** A run whose worker has died at a cut. */
async function killedAt(cut: Cut, id: string): Promise<RunHandle> {
  const doomed = await world.worker([{ run: id, ...cut }]);
  const run = await world.start('switchover', {}, id);
  await run.approve();
  await doomed.died().catch(async (error: unknown) => {
    throw new Error(`${(error as Error).message}; the run: ${JSON.stringify(await run.status())}`);
  });
  return run;
}

async function recovered(run: RunHandle): Promise<string> {
  const args = [{ run: run.id, by: 'olga', reason: 'it was terminated' }];
  const recovery = await world.client.workflow.start('recoverRun', { workflowId: `recover/${run.id}`, taskQueue: 'runbooks', args });
  return ((await recovery.result()) as unknown as { summary: string }).summary;
}

describe.each(BEFORE_PROMOTION)('killed in $operation, $stage', (cut) => {
  const name = `${cut.operation}-${cut.stage.replace(' ', '-')}-${cut.nth ?? 1}`;
  let before: ClusterState;
  beforeEach(async () => {
    before = await stateOf(world);
  });

  test('a rollback brings the start state back', async () => {
    const run = await killedAt(cut, `back/${name}`);
    const worker = await world.worker();
    await run.send('rollback', { by: 'olga', reason: 'not today' });
    const end = await run.until((now) => now.outcome !== null || now.parked !== null, 'the end');
    expect([end.outcome, end.parked]).toEqual(['rolled back', null]);
    expect(await settledState(world, before)).toEqual(before);
    await worker.kill();
  }, 240_000);

  test('a termination and its recovery bring the start state back', async () => {
    const run = await killedAt(cut, `terminated/${name}`);
    await run.handle.terminate('nobody knows why');
    expect(safeEndpoint(world, await stateOf(world))).toBe(true);
    const worker = await world.worker();
    expect(await recovered(run)).toContain('is rolled back');
    expect(await settledState(world, before)).toEqual(before);
    await worker.kill();
  }, 240_000);
});

test('after the promotion rollback and cancellation are refused, and the run goes on to its end', async () => {
  const run = await killedAt({ operation: 'promote', stage: 'effect sent' }, 'switchover/sealed');
  const worker = await world.worker();
  await expect(run.send('rollback', { by: 'olga', reason: 'no' })).rejects.toMatchObject({
    cause: { message: expect.stringContaining('past the point of no return (Promote the candidate)') as string },
  });
  await run.handle.cancel();
  const end = await run.until((now) => now.outcome !== null || now.parked !== null, 'the end');
  expect([end.outcome, end.parked]).toEqual(['done', null]);
  expect((await run.report()).steps.map(({ title }) => title)).toContain('Cancellation refused');
  await worker.kill();
}, 240_000);

const AFTER_PROMOTION: readonly Cut[] = [
  { operation: 'promote', stage: 'effect sent' },
  { operation: 'verifyPrimary', stage: 'effect sent' },
  { operation: 'openEndpointAt', stage: 'effect sent' },
  { operation: 'followPrimary', stage: 'effect sent' },
];

test.each(AFTER_PROMOTION)(
  'terminated after the promotion, in $operation $stage: one writable node, a safe endpoint, and runbooks put it right',
  async (cut) => {
    const before = await stateOf(world);
    const run = await killedAt(cut, `ended/${cut.operation}-${cut.stage.replace(' ', '-')}`);
    await run.handle.terminate('nobody knows why');
    const state = await stateOf(world);
    expect(writableNodes(state)).toHaveLength(1);
    expect(writableNodes(state)).not.toEqual(writableNodes(before));
    expect(safeEndpoint(world, state)).toBe(true);

    const worker = await world.worker();
    expect(await recovered(run)).toContain('0 changes undone');
    expect(writableNodes(await stateOf(world))).toEqual(writableNodes(state));
    expect(safeEndpoint(world, await stateOf(world))).toBe(true);
    await putRight(state);
    await worker.kill();
  },
  300_000,
);

/** What an operator does after it: the endpoint is opened on the primary, and whoever does not follow it is brought back. */
async function putRight({ nodes, endpoint }: ClusterState): Promise<void> {
  const [primary] = writableNodes({ nodes, endpoint });
  if (endpoint.open !== 'open') await approved('openEndpoint', {});
  const port = world.cluster.node(primary ?? '').port;
  for (const { node, upstreamPort } of nodes) if (node !== primary && upstreamPort !== port) await approved('rejoinNode', { node });
  const after = await stateOf(world);
  expect(after.endpoint).toEqual({ open: 'open', node: `127.0.0.1:${port}` });
  expect(after.nodes.filter(({ node }) => node !== primary).map(({ upstreamPort }) => upstreamPort)).toEqual([port, port]);
}

async function approved(runbook: string, input: object): Promise<void> {
  const run = await world.start(runbook, input);
  await run.approve();
  const end = await run.until((now) => now.outcome !== null || now.parked !== null, 'the end');
  expect([runbook, end.outcome, end.parked]).toEqual([runbook, 'done', null]);
}

import { Client } from 'pg';
import { prepareTarget } from '../../scripts/parts/target-setup';
import { LOGIN_CLASSES } from '../../workflows/contracts/operation-shape';
import { lockWorkflowId, type LockAnswer, type LockState } from '../../workflows/contracts/lock';
import { startWorld, type RunHandle, type World } from '../support/world';

let world: World;
beforeAll(async () => {
  world = await startWorld({ aliases: ['shop-by-another-name', 'library'] });
  await anotherDatabase('library');
});
afterAll(() => world.stop());
beforeEach(async () => {
  await world.admin.query(`update app.shelf set amount = case name when 'apples' then 1 when 'pears' then 2 else 0 end`);
});

/** Gives an alias of the target a database of its own on the same cluster. */
async function anotherDatabase(name: string): Promise<void> {
  for (const login of LOGIN_CLASSES) {
    const variable = (target: string): string => `RUNBOOKS_${target.toUpperCase()}_${login.toUpperCase()}_PASSWORD`;
    process.env[variable(name)] = process.env[variable('shop')];
  }
  await prepareTarget(world.postgres, { name, database: name, environment: 'test' });
  Object.assign(world.registry.find(name), { database: name });
  const admin = new Client({ connectionString: world.postgres.url(name) });
  await admin.connect();
  await admin.query(`grant select on pg_file_settings to rb_read, rb_ctl; grant execute on function pg_show_all_file_settings() to rb_read, rb_ctl;
    grant alter system on parameter work_mem to rb_ctl`);
  await admin.end();
}

const lock = async () => {
  const { rows } = await world.admin.query<{ id: string }>('select system_identifier::text as id from pg_control_system()');
  return world.client.workflow.getHandle(lockWorkflowId(rows[0]?.id ?? ''));
};
const lockState = async (): Promise<LockState> => (await lock()).query<LockState>('state');
const holding = async (): Promise<RunHandle> => {
  const run = await world.start('bracket', { wait: '5 minutes' });
  await run.until((now) => now.step === 'Wait');
  return run;
};
const letGo = () => world.admin.query(`update app.shelf set amount = 1 where name = 'plums'`);
const waiting = async (run: RunHandle) => {
  const status = await run.until((now) => now.waitingForLock !== null || now.outcome !== null, 'waiting for the lock');
  if (status.outcome) throw new Error(`It ended without waiting: ${status.summary}`);
  return status;
};

test('the second run on a target waits, says for whom, and goes on when the first has ended', async () => {
  const first = await holding();
  const second = await world.start('count');
  const status = await waiting(second);
  expect(status.phase).toBe('waiting-for-lock');
  expect(status.waitingForLock).toContain(`bracket on shop (${first.id}, asked for by rita) holds the lock since`);
  expect(await lockState()).toMatchObject({ holders: [{ workflowId: first.id }], waiters: [{ workflowId: second.id }] });
  await letGo();
  expect((await first.result()).outcome).toBe('done');
  expect((await second.result()).outcome).toBe('done');
  expect((await lockState()).holders).toEqual([]);
});

test('one database under two registry names has one lock', async () => {
  const first = await holding();
  const second = await world.start('count', { target: 'shop-by-another-name' });
  expect((await waiting(second)).waitingForLock).toContain(first.id);
  await letGo();
  await first.result();
  expect((await second.result()).outcome).toBe('done');
});

test('a child may not change another target than its parent', async () => {
  const run = await world.start('parentRun', { childOn: 'shop-by-another-name' });
  expect(await run.failure()).toMatchObject({
    type: 'FlowError',
    message: expect.stringContaining('another target than shop; start a run of count'),
  });
});

test('two databases of a cluster do not exclude each other, and a change of the whole cluster excludes both', async () => {
  const first = await holding();
  const cluster = await world.start('settings', { target: 'library' });
  expect((await waiting(cluster)).waitingForLock).toContain(first.id);
  const behind = await world.start('count');
  expect((await waiting(behind)).waitingForLock).toMatch(/bracket on shop.*; 1 more before this run|waits before it/);
  expect((await lockState()).waiters.map((one) => [one.workflowId, one.scope])).toEqual([
    [cluster.id, 'cluster'],
    [behind.id, 'database'],
  ]);
  await letGo();
  for (const run of [first, cluster, behind]) expect((await run.result()).outcome).toBe('done');
});

test('a run that is cancelled while it waits leaves the queue', async () => {
  const first = await holding();
  const second = await world.start('count');
  await waiting(second);
  await second.handle.cancel();
  await expect(second.result()).rejects.toMatchObject({ cause: { name: 'CancelledFailure' } });
  expect((await lockState()).waiters).toEqual([]);
  await letGo();
  await first.result();
});

test('a takeover needs a name and a reason; the loser changes nothing more and lists what is open', async () => {
  const first = await holding();
  const second = await world.start('count', { times: 1 });
  await waiting(second);
  for (const order of [null, 'mine', {}, { by: 'olga' }, { by: ' ', reason: 'x' }]) await (await lock()).signal('takeOver', order);
  expect((await lockState()).holders).toMatchObject([{ workflowId: first.id }]);
  await (await lock()).signal('takeOver', { by: 'olga', reason: 'the site is down' });
  const failure = await first.failure();
  expect(failure).toMatchObject({ type: 'LockLost', message: expect.stringContaining('olga took the target lock over (the site is down)') });
  expect(failure.message).toContain('Apples set aside');
  expect((await second.result()).outcome).toBe('done');
  const { rows } = await world.admin.query<{ amount: number }>(`select amount from app.shelf where name = 'pears'`);
  expect(rows[0]?.amount).toBe(5);
});

test('an approval that grew too old in the queue of the lock is asked for again', async () => {
  await (await world.start('count', { times: 1 })).result();
  const holder = await world.client.workflow.start('idle', { workflowId: 'idle/library', taskQueue: world.taskQueue, args: [300_000] });
  const named = { workflowId: 'idle/library', runId: holder.firstExecutionRunId, firstRunId: holder.firstExecutionRunId };
  const { systemIdentifier } = await lockState();
  const asked = {
    systemIdentifier,
    ...named,
    database: 'library',
    scope: 'database',
    runbook: 'idle',
    target: 'library',
    requestedBy: null,
    floor: 0,
  };
  const acquire = { args: [{ ...asked, plannedAt: new Date().toISOString() }] };
  await (await lock()).executeUpdate<LockAnswer, [object]>('acquire', acquire as { args: [object] });
  const clusterWide = await world.start('settings', { target: 'library' });
  await waiting(clusterWide);
  const run = await world.start('hastyApproval');
  await run.approve();
  await waiting(run);
  await new Promise((resolve) => setTimeout(resolve, 1_100));
  // It never held the lock, so nobody's plan is old: only the approval is.
  await clusterWide.handle.cancel();
  const again = await run.until((now) => now.gate !== null || now.step === 'Wait', 'the second gate');
  expect(again.gate?.title).toBe('Set both (the approval is too old)');
  await run.send('reject', { by: 'olga', reason: 'seen' });
  await run.failure();
  await (await lock()).signal('release', { workflowId: 'idle/library', open: [] });
  await holder.terminate();
});

test('tokens rise, and a later holder has the greatest', async () => {
  const before = (await lockState()).lastToken;
  for (let i = 0; i < 2; i++) await (await world.start('count', { times: 1 })).result();
  const { rows } = await world.admin.query<{ token: string }>(`select token from runbooks.ledger where key = 'fence'`);
  expect((await lockState()).lastToken).toBe(before + 2);
  expect(Number(rows[0]?.token)).toBe(before + 2);
});

test('1,000 starts of one episode are one run (peers 22)', async () => {
  const id = 'restock/episode-7';
  const start = () =>
    world.client.workflow.start('restock', {
      workflowId: id,
      workflowIdConflictPolicy: 'USE_EXISTING',
      workflowIdReusePolicy: 'REJECT_DUPLICATE',
      taskQueue: world.taskQueue,
      args: [{ target: 'shop', by: 'alerts', episode: 'episode-7' }],
    });
  const runs = new Set<string>();
  for (let batch = 0; batch < 20; batch++)
    for (const handle of await Promise.all(Array.from({ length: 50 }, start))) runs.add(handle.firstExecutionRunId);
  expect(runs.size).toBe(1);
  const handle = world.client.workflow.getHandle(id);
  const { plan } = await handle.query<{ plan: string }>('status');
  await handle.executeUpdate('approve', { args: [{ plan: plan.slice(0, 8), gate: 1, by: 'olga' }] });
  await handle.result();
  const { rows } = await world.admin.query<{ count: string }>('select count(*) from runbooks.ledger where workflow_id = $1', [id]);
  expect(rows[0]?.count).toBe('2');
  await expect(start()).rejects.toThrow();
});

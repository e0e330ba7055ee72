import { checkerOf } from '../support/crash-checker';
import { resetShelf } from '../support/shelf';
import { startWorld, type World } from '../support/world';

let world: World;
beforeAll(async () => (world = await startWorld()));
afterAll(() => world.stop());
beforeEach(() => resetShelf(world.admin));

const amounts = () => checkerOf(world.admin).amounts();
const ledger = async (run: { id: string }): Promise<string[]> =>
  (await world.admin.query<{ state: string }>('select state from runbooks.ledger where workflow_id = $1 order by seq', [run.id])).rows.map(
    (row) => row.state,
  );

test('a run is rehearsed, approved, done and recorded', async () => {
  const run = await world.start('restock', { apples: 11, pears: 12 });
  await run.approve();
  expect((await run.result()).outcome).toBe('done');
  expect(await amounts()).toMatchObject({ apples: 11, pears: 12 });
  const report = await run.report();
  expect(report.steps.filter((step) => step.verb === 'apply').map((step) => [step.title, step.outcome, step.rows])).toEqual([
    ['Set apples', 'done', 1],
    ['Set pears', 'done', 1],
  ]);
  expect(report.steps.find((step) => step.title === 'Set apples')).toMatchObject({
    statements: ["update app.shelf set amount = 11 where name = 'apples'"],
    evidence: { login: 'rb_own' },
    verified: 'apples = 11',
  });
  expect(report.decisions).toMatchObject([{ kind: 'approve', by: 'olga', assurance: 'claimed' }]);
  expect(await ledger(run)).toEqual(['done', 'done']);
});

test('the plan shows statements, before, locks and the undo; the same plan has the same hash', async () => {
  const plans = await Promise.all([1, 2].map(async () => (await (await world.start('restock', { mode: 'plan' })).result()).plan));
  expect(plans[0]?.hash).toBe(plans[1]?.hash);
  const set = plans[0]?.steps.find((step) => step.title === 'Set apples');
  expect(set?.write).toMatchObject({
    statements: ["update app.shelf set amount = 10 where name = 'apples'"],
    locks: 'a row lock on the item',
    undo: { by: 'setAmount' },
    before: { count: 1, sample: [{ name: 'apples', amount: 1 }] },
  });
  const other = (await (await world.start('restock', { mode: 'plan', apples: 12 })).result()).plan;
  expect(other?.hash).not.toBe(plans[0]?.hash);
});

test('a failed verification parks; roll back undoes in reverse order', async () => {
  const run = await world.start('restock', { expect: -5 });
  await run.approve();
  const parked = await run.until((now) => now.parked !== null, 'a parked step');
  expect(parked.parked).toMatchObject({
    step: 'Apples are there',
    failure: { type: 'VerificationFailed' },
    choices: ['retry', 'skip', 'rollback', 'abandon'],
  });
  await run.send('rollback', { by: 'olga', reason: 'not what we want' });
  expect(await run.failure()).toMatchObject({ type: 'RolledBack' });
  expect(await amounts()).toMatchObject({ apples: 1, pears: 2 });
  const undone = (await run.report()).steps.filter((step) => step.verb === 'undo').map((step) => [step.title, step.outcome]);
  expect(undone).toEqual([
    ['Undo: Set pears', 'undone'],
    ['Undo: Set apples', 'undone'],
  ]);
  expect(await ledger(run)).toEqual(['undone', 'undone']);
});

test('a parked step can be retried and skipped (peers 12)', async () => {
  const run = await world.start('restock', { expect: 33 });
  await run.approve();
  await run.until((now) => now.parked !== null);
  await run.send('retry', { by: 'olga' });
  await run.until((now) => now.parked !== null);
  await run.send('skip', { by: 'olga', reason: 'seen by eye' });
  expect((await run.result()).outcome).toBe('done');
});

test('abandon ends where it stands and names what is open', async () => {
  const run = await world.start('restock', { expect: 33 });
  await run.approve();
  await run.until((now) => now.parked !== null);
  await run.send('abandon', { by: 'olga', reason: 'we go on by hand' });
  const failure = await run.failure();
  expect(failure.type).toBe('Abandoned');
  expect(failure.message).toContain('Set apples, Set pears');
  expect(await amounts()).toMatchObject({ apples: 10, pears: 20 });
  const waiting = await world.start('count');
  const status = await waiting.until((now) => now.waitingForLock !== null && now.waitingForLock.includes('clean-up'), 'waiting');
  expect(status.waitingForLock).toContain(`runbook recover ${run.id}`);
  const recovery = await world.client.workflow.start('recoverRun', {
    workflowId: `recover/${run.id}`,
    taskQueue: world.taskQueue,
    args: [{ run: run.id, by: 'olga', reason: 'clean up' }],
  });
  expect(await recovery.result()).toMatchObject({ outcome: 'done' });
  expect((await waiting.result()).outcome).toBe('done');
  expect(await amounts()).toMatchObject({ apples: 3, pears: 2 });
});

test('the normal end of a bracket undoes its beginning and folds what happened inside', async () => {
  const run = await world.start('bracket');
  expect((await run.result()).outcome).toBe('done');
  expect(await amounts()).toMatchObject({ apples: 1, pears: 5 });
});

test('rolling back after a bracket begins it again, undoes inside, and ends it', async () => {
  const run = await world.start('bracket', { failAfter: true });
  await run.until((now) => now.parked !== null);
  await run.send('rollback', { by: 'olga', reason: 'no' });
  await run.failure();
  expect(await amounts()).toMatchObject({ apples: 1, pears: 2 });
  expect((await run.report()).steps.filter((step) => step.verb === 'undo').map((step) => step.title)).toEqual([
    'Undo: Begin again: Apples set aside',
    'Undo: Set pears',
    'Undo: End: Apples set aside',
  ]);
});

test('a good end inside a bracket still ends the bracket', async () => {
  const run = await world.start('bracket', { early: true });
  expect((await run.result()).summary).toBe('Enough for today.');
  expect(await amounts()).toMatchObject({ apples: 1 });
});

test('cancelled in the middle of a bracket: everything is as before', async () => {
  const run = await world.start('bracket', { wait: '5 minutes' });
  await run.until((now) => now.step === 'Wait');
  await run.handle.cancel();
  await expect(run.handle.result()).rejects.toMatchObject({ cause: { name: 'CancelledFailure' } });
  expect(await amounts()).toMatchObject({ apples: 1, pears: 2 });
  expect((await run.report()).outcome).toBe('cancelled');
});

test('a child run works under the approval and the lock of its parent, and is undone with it', async () => {
  const run = await world.start('parentRun', { fail: true });
  await run.approve();
  await run.until((now) => now.parked !== null);
  expect(await amounts()).toMatchObject({ apples: 2, pears: 1 });
  await run.send('rollback', { by: 'olga', reason: 'no' });
  await run.failure();
  expect(await amounts()).toMatchObject({ apples: 1, pears: 2 });
});

test('a value that somebody changed meanwhile is not overwritten by the undo', async () => {
  const run = await world.start('restock', { expect: 33 });
  await run.approve();
  await run.until((now) => now.parked !== null);
  await world.admin.query(`update app.shelf set amount = 77 where name = 'pears'`);
  await run.send('rollback', { by: 'olga', reason: 'no' });
  const parked = await run.until((now) => now.parked !== null && now.phase === 'needs-operator' && now.parked.step.startsWith('Roll back'));
  expect(parked.parked?.failure).toMatchObject({ type: 'ChangedByOthers' });
  expect(parked.parked?.failure.message).toMatch(/pears = 20.*pears = 77.*pears = 2/s);
  expect(await amounts()).toMatchObject({ apples: 1, pears: 77 });
  await world.admin.query(`update app.shelf set amount = 20 where name = 'pears'`);
  await run.send('retry', { by: 'olga' });
  expect((await run.failure()).type).toBe('RolledBack');
  expect(await amounts()).toMatchObject({ apples: 1, pears: 2 });
});

test('after the point of no return rollback and cancel are refused, forward and abandon remain', async () => {
  const run = await world.start('close');
  await run.approve();
  await run.until((now) => now.step === 'Wait');
  await expect(run.send('rollback', { by: 'olga', reason: 'no' })).rejects.toMatchObject({
    cause: { message: expect.stringContaining('past the point of no return') },
  });
  await run.handle.cancel();
  await run.until((now) => now.youCan.includes('abandon') && !now.youCan.includes('rollback'));
  await world.admin.query(`update app.shelf set amount = 1 where name = 'plums'`);
  expect((await run.result()).outcome).toBe('done');
  expect((await run.report()).steps.map((step) => step.title)).toContain('Cancellation refused');
  expect(await amounts()).toMatchObject({ apples: 99, pears: 7 });
});

test.each([
  ['type error', 'RolledBack', true],
  ['unawaited', 'FlowError', false],
  ['overlapping', 'FlowError', false],
  ['irreversible ungated', 'FlowError', false],
])('a runbook with the defect "%s" does not wedge', async (how, type, parks) => {
  const run = await world.start('defective', { how });
  if (parks) {
    await run.until((now) => now.parked !== null);
    await run.send('rollback', { by: 'olga', reason: 'defect' });
  }
  expect((await run.failure()).type).toBe(type);
  expect(await amounts()).toMatchObject({ apples: 1, pears: 2, plums: 0 });
});

test('a read-only run has no gate and no lock, and a require that fails says what to do', async () => {
  await expect((await world.start('lookOnly')).result()).resolves.toMatchObject({ outcome: 'done' });
  await world.admin.query(`delete from app.shelf where name = 'apples'`);
  expect(await (await world.start('lookOnly')).failure()).toMatchObject({ type: 'PreconditionUnmet', message: expect.stringContaining('Buy some.') });
});

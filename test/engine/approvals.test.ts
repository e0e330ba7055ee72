import { checkerOf } from '../support/crash-checker';
import { dropPaused, resetShelf } from '../support/shelf';
import { startWorld, type RunHandle, type World } from '../support/world';

let world: World;
let production: World;
beforeAll(async () => ([world, production] = await Promise.all([startWorld(), startWorld({ environment: 'production' })])));
afterAll(() => Promise.all([world.stop(), production.stop()]));
beforeEach(() => resetShelf(world.admin));

const set = (name: string, amount: number) => world.admin.query('update app.shelf set amount = $2 where name = $1', [name, amount]);
const amounts = () => checkerOf(world.admin).amounts();
const atGate = (run: RunHandle) => run.until((now) => now.gate !== null, 'a gate');
const plan = async (run: RunHandle): Promise<string> => (await run.status()).plan?.slice(0, 8) ?? '';
const refused = (words: string) => ({ cause: { type: 'Refused', message: expect.stringContaining(words) } });
const notes = async (run: RunHandle, title: RegExp) => (await run.report()).steps.filter((step) => title.test(step.title)).map((step) => step.note);

test('an approval of another plan is refused, and one of 8 digits in capitals counts', async () => {
  const run = await world.start('restock');
  await atGate(run);
  await expect(run.send('approve', { plan: '0badc0de', gate: 1, by: 'olga' })).rejects.toMatchObject(refused('another plan'));
  const receipt = await run.send('approve', { plan: (await plan(run)).toUpperCase(), gate: 1, by: 'olga', comment: 'looked at it' });
  expect(receipt).toMatchObject({ accepted: true, message: expect.stringContaining('is recorded') });
  expect((await run.result()).outcome).toBe('done');
});

test('a quorum is of different people, none of them the requester in any spelling (peers 7)', async () => {
  const run = await world.start('dropForGood');
  await atGate(run);
  const hash = await plan(run);
  for (const by of ['rita', ' RITA ', 'Rita', 'ｒｉｔａ'])
    await expect(run.send('approve', { plan: hash, gate: 1, by })).rejects.toMatchObject(refused('another person must approve'));
  await run.send('approve', { plan: hash, gate: 1, by: 'olga' });
  await run.until((now) => now.gate?.approvedBy.length === 1);
  for (const by of ['olga', 'Olga ', 'OLGA'])
    await expect(run.send('approve', { plan: hash, gate: 1, by })).rejects.toMatchObject(refused('has approved this gate'));
  expect(await amounts()).toHaveProperty('plums');
  await run.send('approve', { plan: hash, gate: 1, by: 'oleg' });
  expect((await run.result()).outcome).toBe('done');
  expect(await amounts()).not.toHaveProperty('plums');
});

test('two approvals of one person in the same moment count once', async () => {
  const run = await world.start('dropForGood');
  await atGate(run);
  const message = { plan: await plan(run), gate: 1, by: 'olga' };
  const both = await Promise.allSettled([run.send('approve', message), run.send('approve', { ...message, by: 'OLGA' })]);
  expect(both.map((one) => one.status)).toContain('fulfilled');
  await run.until((now) => now.gate?.approvedBy.length === 1);
  await run.send('reject', { by: 'oleg', reason: 'no' });
  expect((await run.failure()).type).toBe('ApprovalRefused');
});

test('a rejection undoes what was done before the gate', async () => {
  const run = await world.start('close');
  await atGate(run);
  expect(await amounts()).toMatchObject({ pears: 7 });
  await run.handle.signal('reject', { by: 'olga', reason: 'not tonight' });
  const failure = await run.failure();
  expect(failure.message).toContain('olga rejected "Close it": not tonight');
  expect(await amounts()).toMatchObject({ apples: 1, pears: 2 });
});

test('an approval before the gate is kept, and counted once (peers 1)', async () => {
  const run = await dropPaused(world, 'dropForGood/early');
  await run.until((now) => now.plan !== null, 'a plan');
  const message = { plan: await plan(run), gate: 1, by: 'olga' };
  expect((await run.send('approve', message)).message).toContain('kept');
  await expect(run.send('approve', { ...message, by: 'Olga' })).rejects.toMatchObject(refused('has approved this gate already'));
  await run.send('resume', { by: 'olga' });
  await run.until((now) => now.gate?.approvedBy.length === 1);
  await run.send('approve', { ...message, by: 'oleg' });
  expect((await run.result()).outcome).toBe('done');
});

test('what was approved has changed: the rest is re-planned and asked again (peers 11)', async () => {
  const run = await world.start('restock');
  const first = (await atGate(run)).plan;
  await set('pears', 55);
  await run.approve();
  const again = await run.until((now) => now.gate !== null && now.plan !== first, 'the second gate');
  expect(again.gate?.title).toContain('the plan has changed');
  expect(await amounts()).toMatchObject({ apples: 10, pears: 55 });
  await expect(run.send('approve', { plan: first?.slice(0, 8), gate: 1, by: 'olga' })).rejects.toMatchObject(refused('another plan'));
  await run.approve();
  expect((await run.result()).outcome).toBe('done');
  expect(await amounts()).toMatchObject({ apples: 10, pears: 20 });
  expect((await run.report()).steps.filter((step) => step.title === 'Set apples' && step.outcome === 'done')).toHaveLength(1);
});

test('a drift before the first change, and a rejection of the new plan: nothing had been changed', async () => {
  const run = await world.start('restock');
  const first = (await atGate(run)).plan;
  await set('apples', 4);
  await run.approve();
  await run.until((now) => now.gate !== null && now.plan !== first, 'the second gate');
  await run.send('reject', { by: 'olga', reason: 'too lively' });
  expect((await run.failure()).message).toContain('Nothing had been changed');
  expect(await amounts()).toMatchObject({ apples: 4, pears: 2 });
});

test('an approval that is too old is asked again', async () => {
  const run = await world.start('hastyApproval');
  await run.approve();
  await run.until((now) => now.step === 'Wait');
  await new Promise((resolve) => setTimeout(resolve, 1_100));
  await set('plums', 1);
  const again = await run.until((now) => now.gate !== null, 'the second gate');
  expect(again.gate?.title).toBe('Set both (the approval is too old)');
  expect(await amounts()).toMatchObject({ apples: 10, pears: 2 });
  await run.approve('oleg');
  expect((await run.result()).outcome).toBe('done');
  expect((await run.report()).decisions.map((made) => made.by)).toEqual(['olga', 'oleg']);
});

test('a gate with choices wants one of them', async () => {
  const run = await world.start('choosing');
  await atGate(run);
  const message = { plan: await plan(run), gate: 1, by: 'olga' };
  await expect(run.send('approve', message)).rejects.toMatchObject(refused('one of apples, pears'));
  await expect(run.send('approve', { ...message, choice: 'plums' })).rejects.toMatchObject(refused('one of apples, pears'));
  await run.send('approve', { ...message, choice: 'pears' });
  await approveToTheEnd(run);
  expect(await amounts()).toMatchObject({ apples: 1, pears: 10 });
  const plain = await world.start('restock');
  await atGate(plain);
  await expect(plain.send('approve', { plan: await plan(plain), gate: 1, by: 'olga', choice: 'pears' })).rejects.toMatchObject(refused('no choices'));
  await plain.send('reject', { by: 'olga', reason: 'no' });
  await plain.failure();
});

/** Approves whatever gate comes next until the run has ended. */
async function approveToTheEnd(run: RunHandle): Promise<void> {
  const ended = await run.until((now) => now.outcome !== null || now.gate?.title.includes('changed') === true, 'the end');
  if (ended.outcome === null)
    await run.send('approve', {
      plan: ended.plan?.slice(0, 8),
      gate: ended.gate?.number,
      by: 'olga',
      ...(ended.gate?.choices.length ? { choice: 'pears' } : {}),
    });
  expect((await run.result()).outcome).toBe('done');
}

test('an Update without identity, as the Temporal UI sends it, is recorded as claimed', async () => {
  const run = await world.start('restock');
  await atGate(run);
  await world.client.workflowService.updateWorkflowExecution({
    namespace: world.namespace,
    workflowExecution: { workflowId: run.id },
    waitPolicy: { lifecycleStage: 3 },
    request: {
      meta: { updateId: 'from-the-ui', identity: '' },
      input: {
        name: 'approve',
        args: {
          payloads: [
            { metadata: { encoding: Buffer.from('json/plain') }, data: Buffer.from(JSON.stringify({ plan: await plan(run), gate: 1, by: 'olga' })) },
          ],
        },
      },
    },
  });
  expect((await run.result()).outcome).toBe('done');
  expect((await run.report()).decisions).toMatchObject([{ by: 'olga', via: 'update', assurance: 'claimed' }]);
  expect(await notes(run, /^Approved/)).toEqual([expect.stringContaining('UNVERIFIED')]);
});

test('case O2: what will not count is refused in the answer: in production a point of no return takes no name that nobody attests (peers 13)', async () => {
  const run = await production.start('dropForGood');
  const { gate } = await atGate(run);
  expect(gate?.blockedBecause).toContain('approvals: claimed');
  for (const by of ['olga', 'oleg']) await expect(run.approve(by)).rejects.toMatchObject(refused('a name that nobody attests does not count'));
  const undoable = await production.start('restock');
  await undoable.approve();
  expect((await undoable.result()).outcome).toBe('done');
  expect((await run.status()).gate).toMatchObject({ approvedBy: [] });
  expect((await run.report()).decisions).toEqual([]);
  const planned = await production.start('dropForGood', { mode: 'plan' });
  expect((await planned.result()).summary).toContain('a name that nobody attests does not count');
  await run.send('reject', { by: 'olga', reason: 'no' });
  expect((await run.failure()).type).toBe('ApprovalRefused');
  expect((await production.admin.query(`select from app.shelf where name = 'plums'`)).rowCount).toBe(1);
});

test('two runs that wait for approval show each its own plan, and the approval of one is none of the other (peers 10)', async () => {
  const [one, two] = [await world.start('restock', { apples: 31 }), await world.start('restock', { apples: 32 })];
  const first = await one.until(({ gate }) => gate !== null);
  const second = await two.until(({ gate }) => gate !== null);
  expect(first.plan).not.toBe(second.plan);
  const inputs = await Promise.all([one, two].map(async (run) => (await run.report()).plan?.input));
  expect(inputs).toMatchObject([{ apples: 31 }, { apples: 32 }]);
  await expect(two.send('approve', { plan: first.plan?.slice(0, 8), gate: 1, by: 'olga' })).rejects.toThrow();
  await one.send('reject', { by: 'olga', reason: 'a test' });
  await two.send('reject', { by: 'olga', reason: 'a test' });
});

test('an answer in the same moment as the deadline: one outcome, and an answer that was accepted is not lost (peers 4)', async () => {
  const run = async (lateMs: number): Promise<[boolean, boolean]> => {
    const one = await world.start('hastyGate');
    const { gate, plan: hash } = await atGate(one);
    const deadline = Date.parse(gate?.openedAt ?? '') + 2_000;
    const approve = (by: string) =>
      one.send('approve', { plan: hash?.slice(0, 8), gate: gate?.number, by }).then(
        () => true,
        () => false,
      );
    await approve('olga');
    await new Promise((resolve) => setTimeout(resolve, deadline + lateMs - Date.now()));
    const accepted = await approve('ben');
    const done = await one.result().then(
      () => true,
      () => false,
    );
    return [accepted, done];
  };
  for (const lateMs of [-40, -20, -10, 0, 10, 40]) {
    const [accepted, done] = await run(lateMs);
    expect({ lateMs, done }).toEqual({ lateMs, done: accepted });
    await set('apples', 1);
    await set('pears', 2);
  }
});

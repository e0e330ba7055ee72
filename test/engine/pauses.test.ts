import { checkerOf } from '../support/crash-checker';
import { startWorld, type RunHandle, type World } from '../support/world';

let world: World;
beforeAll(async () => (world = await startWorld()));
afterAll(() => world.stop());
beforeEach(async () => {
  await world.admin.query(`update app.shelf set amount = case name when 'apples' then 1 when 'pears' then 2 else 0 end`);
});

const amounts = () => checkerOf(world.admin).amounts();
const set = (name: string, amount: number) => world.admin.query('update app.shelf set amount = $2 where name = $1', [name, amount]);
const pass = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const atGate = (run: RunHandle) => run.until((now) => now.gate !== null, 'a gate');
const olga = { by: 'olga' };

test('a pause takes effect before the next step, and a resume goes on', async () => {
  const run = await world.start('restock', { sleep: 1 });
  await run.approve();
  await run.until((now) => now.step === 'Set pears');
  expect((await run.send('pause', { ...olga, reason: 'lunch' })).message).toBe('Paused; the step that runs now ends first.');
  await expect(run.send('pause', { by: 'oleg' })).rejects.toMatchObject({ cause: { message: 'It is paused already, by olga.' } });
  await run.until((now) => now.step === null, 'the end of the step');
  await pass(200);
  expect(await run.status()).toMatchObject({
    phase: 'paused',
    outcome: null,
    paused: { by: 'olga', reason: 'lunch' },
    youCan: ['resume', 'rollback', 'abandon'],
  });
  expect(await amounts()).toMatchObject({ apples: 10, pears: 20 });
  await run.send('resume', olga);
  expect((await run.result()).outcome).toBe('done');
  expect((await run.report()).steps.map((step) => step.title)).toEqual(expect.arrayContaining(['Paused by olga', 'Resumed by olga']));
});

test('the deadline of a gate stands still while paused, approvals are taken, and afterwards it runs on', async () => {
  const run = await world.start('hastyGate');
  const { plan } = await atGate(run);
  await run.send('pause', olga);
  await run.send('approve', { plan: plan?.slice(0, 8), gate: 1, by: 'olga' });
  await pass(2_500);
  expect((await run.status()).gate).not.toBeNull();
  await run.send('resume', olga);
  await run.until((now) => now.gate?.approvedBy.length === 1);
  expect((await run.failure()).message).toContain('Nobody decided "Set pears too" in time');
  expect(await amounts()).toMatchObject({ apples: 1, pears: 2 });
});

test('a gate that opened while paused is decided on after the pause', async () => {
  const run = await world.start('hastyGate');
  const { plan } = await atGate(run);
  await run.send('pause', olga);
  await pass(2_200);
  for (const by of ['olga', 'oleg']) await run.send('approve', { plan: plan?.slice(0, 8), gate: 1, by });
  await run.send('resume', olga);
  expect((await run.result()).outcome).toBe('done');
});

test('the deadline of a wait stands still while paused', async () => {
  const run = await world.start('hastyWait');
  await run.until((now) => now.step === 'Wait');
  await run.send('pause', olga);
  await pass(2_500);
  await set('plums', 1);
  await run.send('resume', olga);
  expect((await run.result()).outcome).toBe('done');
});

test('a wait that is not paused runs out and parks', async () => {
  const run = await world.start('hastyWait');
  const status = await run.until((now) => now.parked !== null);
  expect(status.parked?.failure).toMatchObject({ type: 'WaitExhausted', message: expect.stringContaining('within 2 seconds') });
  await run.send('rollback', { ...olga, reason: 'no' });
  await run.failure();
  expect(await amounts()).toMatchObject({ apples: 1 });
});

test.each([
  ['cancelled', 'a gate'],
  ['rolled back', 'a wait'],
])('a paused run that is %s at %s rolls back at once', async (how, where) => {
  const run = await world.start(where === 'a gate' ? 'hastyGate' : 'bracket', where === 'a gate' ? {} : { wait: '5 minutes' });
  await run.until((now) => now.gate !== null || now.step === 'Wait');
  await run.send('pause', olga);
  if (how === 'cancelled') await run.handle.cancel();
  else await run.send('rollback', { ...olga, reason: 'no' });
  await expect(run.result()).rejects.toThrow();
  expect((await run.report()).outcome).toBe(how);
  expect(await amounts()).toMatchObject({ apples: 1, pears: 2 });
});

test('a pause with a parked step keeps the choice that comes meanwhile', async () => {
  const run = await world.start('restock', { expect: 33 });
  await run.approve();
  await run.until((now) => now.parked !== null);
  await run.send('pause', olga);
  await run.send('skip', { ...olga, reason: 'seen by eye' });
  await pass(200);
  expect((await run.status()).outcome).toBeNull();
  await run.send('resume', olga);
  expect((await run.result()).outcome).toBe('done');
});

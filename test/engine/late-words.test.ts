import { Client } from 'pg';
import { checkerOf } from '../support/crash-checker';
import { dropPaused, resetShelf } from '../support/shelf';
import { startWorld, type RunHandle, type World } from '../support/world';

let world: World;
beforeAll(async () => (world = await startWorld()));
afterAll(() => world.stop());
beforeEach(() => resetShelf(world.admin));

const amounts = () => checkerOf(world.admin).amounts();
const refused = (words: string) => ({ cause: { type: 'Refused', message: expect.stringContaining(words) } });

/** Holds the row of the apples, so that a change of them waits. */
async function whileHeld(work: () => Promise<void>): Promise<void> {
  const other = new Client({ connectionString: world.postgres.url('shop') });
  await other.connect();
  try {
    await other.query(`begin; select from app.shelf where name = 'apples' for update`);
    await work();
  } finally {
    await other.end();
  }
}

test.each(['rollback', 'abandon'])('%s: a word that comes while the last step runs still holds', async (kind) => {
  let run: RunHandle | undefined;
  await whileHeld(async () => {
    run = await world.start('count', { times: 1 });
    await run.until((now) => now.step === 'Add one');
    expect((await run.send(kind, { by: 'olga', reason: 'the wrong shop' })).message).toContain('after the step that runs now');
  });
  expect(await run?.failure()).toMatchObject({
    type: kind === 'rollback' ? 'RolledBack' : 'Abandoned',
    message: expect.stringContaining('the wrong shop'),
  });
  expect((await amounts())['apples']).toBe(kind === 'rollback' ? 1 : 2);
  if (kind === 'abandon') await (await world.start('recoverRun', { run: run?.id, reason: 'seen' })).result();
  expect((await amounts())['apples']).toBe(1);
});

test('a pause does not hold a rollback up, and says so instead of being taken', async () => {
  const run = await world.start('restock', { expect: -5 });
  await run.approve();
  await run.until((now) => now.parked !== null);
  await whileHeld(async () => {
    await run.send('rollback', { by: 'olga', reason: 'no' });
    const status = await run.until((now) => now.step === 'Undo: Set apples');
    expect(status.youCan).toEqual([]);
    await expect(run.send('pause', { by: 'olga' })).rejects.toMatchObject(refused('It is rolling back'));
  });
  expect((await run.failure()).type).toBe('RolledBack');
});

test('case O1: an approval names its gate, and counts for that gate only', async () => {
  const run = await world.start('dropForGood');
  const { plan } = await run.until((now) => now.gate !== null, 'a gate');
  const message = { plan: plan?.slice(0, 8), by: 'olga' };
  await expect(run.send('approve', message)).rejects.toMatchObject(refused('gate: '));
  await expect(run.send('approve', { ...message, gate: 2 })).rejects.toMatchObject(refused('gate 1 of 1, "Drop the plums"'));
  await run.send('approve', { ...message, gate: 1 });
  await run.until((now) => now.gate?.approvedBy.length === 1);
  await run.send('reject', { by: 'oleg', reason: 'no' });
  await run.failure();
});

test('case O1: an approval before its gate that names another gate is refused', async () => {
  const run = await dropPaused(world, 'dropForGood/named');
  const { plan } = await run.until((now) => now.plan !== null, 'a plan');
  await expect(run.send('approve', { plan: plan?.slice(0, 8), gate: 2, by: 'olga' })).rejects.toMatchObject(refused('your approval names gate 2'));
  await run.send('approve', { plan: plan?.slice(0, 8), gate: 1, by: 'otto' });
  await run.send('resume', { by: 'olga' });
  const status = await run.until((now) => (now.gate?.approvedBy.length ?? 0) > 0);
  expect(status.gate?.approvedBy).toEqual(['otto']);
  await run.send('reject', { by: 'oleg', reason: 'no' });
  await run.failure();
});

test('case O1: the same message, sent again, does not pass the next gate: each is approved by its own number', async () => {
  const run = await world.start('twoGates');
  const { plan, gate } = await run.until((now) => now.gate !== null, 'the first gate');
  expect(gate).toMatchObject({ number: 1, of: 2, title: 'Set apples' });
  const message = { plan: plan?.slice(0, 8), gate: 1, by: 'olga' };
  await run.send('approve', message);
  const second = await run.until((now) => now.gate?.number === 2, 'the second gate');
  expect(second).toMatchObject({ plan, gate: { of: 2, title: 'Set pears' } });
  await expect(run.send('approve', message)).rejects.toMatchObject(refused('gate 2 of 2, "Set pears"'));
  await run.handle.signal('approve', message);
  await run.send('approve', { ...message, gate: 2 });
  expect((await run.result()).outcome).toBe('done');
  expect((await run.report()).decisions.map(({ gateNumber, gate: title }) => `${gateNumber} ${title}`)).toEqual(['1 Set apples', '2 Set pears']);
});

test('case O1: a gate that is asked again has a number of its own', async () => {
  const run = await world.start('hastyApproval');
  const { plan } = await run.until((now) => now.gate !== null, 'a gate');
  const message = { plan: plan?.slice(0, 8), gate: 1, by: 'olga' };
  await run.send('approve', message);
  await run.until((now) => now.step === 'Wait');
  await new Promise((resolve) => setTimeout(resolve, 1_100));
  await world.admin.query(`update app.shelf set amount = 1 where name = 'plums'`);
  const again = await run.until((now) => now.gate !== null, 'the gate again');
  expect(again).toMatchObject({ plan, gate: { number: 2, of: 2, title: 'Set both (the approval is too old)' } });
  await expect(run.send('approve', message)).rejects.toMatchObject(refused('gate 2 of 2'));
  await run.send('approve', { ...message, gate: 2 });
  expect((await run.result()).outcome).toBe('done');
});

test('a name with invisible characters in it is the same name', async () => {
  const run = await world.start('dropForGood');
  const { plan } = await run.until((now) => now.gate !== null, 'a gate');
  const message = { plan: plan?.slice(0, 8), gate: 1 };
  await expect(run.send('approve', { ...message, by: 'ri\u200bta' })).rejects.toMatchObject(refused('another person must approve'));
  await run.send('approve', { ...message, by: 'olga' });
  await run.until((now) => now.gate?.approvedBy.length === 1);
  await expect(run.send('approve', { ...message, by: 'ol\u00adga\u2060' })).rejects.toMatchObject(refused('has approved this gate'));
  await run.send('reject', { by: 'oleg', reason: 'no' });
  await run.failure();
});

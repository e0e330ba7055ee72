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

test('an approval that names a gate counts for that gate only', async () => {
  const run = await world.start('dropForGood');
  const { plan } = await run.until((now) => now.gate !== null, 'a gate');
  const message = { plan: plan?.slice(0, 8), by: 'olga' };
  await expect(run.send('approve', { ...message, gate: 'Drop the pears' })).rejects.toMatchObject(refused('The open gate is "Drop the plums"'));
  await run.send('approve', { ...message, gate: 'Drop the plums' });
  await run.until((now) => now.gate?.approvedBy.length === 1);
  await run.send('reject', { by: 'oleg', reason: 'no' });
  await run.failure();
});

test('an approval before its gate that names another gate does not count', async () => {
  const run = await dropPaused(world, 'dropForGood/named');
  const { plan } = await run.until((now) => now.plan !== null, 'a plan');
  await run.send('approve', { plan: plan?.slice(0, 8), by: 'olga', gate: 'Drop the pears' });
  await run.send('approve', { plan: plan?.slice(0, 8), by: 'otto', gate: 'Drop the plums' });
  await run.send('resume', { by: 'olga' });
  const status = await run.until((now) => (now.gate?.approvedBy.length ?? 0) > 0);
  expect(status.gate?.approvedBy).toEqual(['otto']);
  expect((await run.report()).decisions).toContainEqual(expect.objectContaining({ by: 'olga', refused: expect.stringContaining('Drop the pears') }));
  await run.send('reject', { by: 'oleg', reason: 'no' });
  await run.failure();
});

test('a name with invisible characters in it is the same name', async () => {
  const run = await world.start('dropForGood');
  const { plan } = await run.until((now) => now.gate !== null, 'a gate');
  const message = { plan: plan?.slice(0, 8) };
  await expect(run.send('approve', { ...message, by: 'ri\u200bta' })).rejects.toMatchObject(refused('another person must approve'));
  await run.send('approve', { ...message, by: 'olga' });
  await run.until((now) => now.gate?.approvedBy.length === 1);
  await expect(run.send('approve', { ...message, by: 'ol\u00adga\u2060' })).rejects.toMatchObject(refused('has approved this gate'));
  await run.send('reject', { by: 'oleg', reason: 'no' });
  await run.failure();
});

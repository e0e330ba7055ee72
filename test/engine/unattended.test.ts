import { startWorld, type World } from '../support/world';

let world: World;
beforeAll(async () => (world = await startWorld()));
afterAll(() => world.stop());
beforeEach(() => world.admin.query(`update app.shelf set amount = 1 where name = 'apples'`));

const apples = async () => (await world.admin.query<{ amount: number }>(`select amount from app.shelf where name = 'apples'`)).rows[0]?.amount;

test.each(['alert', 'schedule'])('what an %s starts changes nothing before a gate was passed', async (trigger) => {
  const run = await world.start('ungated', { trigger });
  expect(await run.failure()).toMatchObject({ type: 'PreconditionUnmet', message: expect.stringContaining('comes before any gate') });
  expect(await apples()).toBe(1);
});

test('a person may start the same, and what undoes itself may be started by anything', async () => {
  expect((await (await world.start('ungated')).result()).outcome).toBe('done');
  expect((await (await world.start('count', { trigger: 'alert' })).result()).outcome).toBe('done');
});

test('a gate that its own rule would waive is asked when an alert started the run', async () => {
  expect((await (await world.start('waiving')).result()).outcome).toBe('done');
  await world.admin.query(`update app.shelf set amount = 1 where name = 'apples'`);
  const run = await world.start('waiving', { trigger: 'alert' });
  await run.until(({ gate }) => gate !== null, 'a gate');
  expect(await apples()).toBe(1);
  await run.approve();
  expect((await run.result()).outcome).toBe('done');
});

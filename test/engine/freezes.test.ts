import { startWorld, type World } from '../support/world';

let world: World;
const hour = 3_600_000;
beforeAll(async () => {
  const from = new Date(Date.now() - hour).toISOString();
  world = await startWorld({ freezes: [{ from, to: new Date(Date.now() + hour).toISOString(), because: 'year end' }] });
});
afterAll(() => world.stop());

const refusal = { type: 'ChangesFrozen', message: expect.stringContaining('changes are frozen until') };

test('nothing that changes starts in a freeze, whoever starts it (peers 34)', async () => {
  expect(await (await world.start('restock')).failure()).toMatchObject(refusal);
  expect(await (await world.start('restock', { trigger: 'alert', episode: 'e' })).failure()).toMatchObject(refusal);
  expect(await (await world.start('count', { trigger: 'schedule' })).failure()).toMatchObject(refusal);
});

test('looking and planning go on', async () => {
  expect((await (await world.start('lookOnly')).result()).outcome).toBe('done');
  expect((await (await world.start('restock', { mode: 'plan' })).result()).outcome).toBe('planned');
});

test('a person overrides it by name and with a reason, and the record says so', async () => {
  expect(await (await world.start('restock', { overrideFreeze: true })).failure()).toMatchObject({
    type: 'InvalidInput',
    message: expect.stringContaining('needs a reason'),
  });
  expect(await (await world.start('restock', { overrideFreeze: true, reason: 'r', trigger: 'alert' })).failure()).toMatchObject({
    type: 'InvalidInput',
    message: expect.stringContaining('only a person may do that'),
  });
  const run = await world.start('parentRun', { overrideFreeze: true, reason: 'the shelf is empty' });
  await run.approve();
  expect((await run.result()).outcome).toBe('done');
  expect(await run.report()).toMatchObject({ overrodeFreeze: true, reason: 'the shelf is empty' });
});

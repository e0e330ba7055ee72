import { startWorld, type World } from '../../support/world';

let world: World;
beforeAll(async () => (world = await startWorld({ settings: { max_prepared_transactions: 0 } })));
afterAll(() => world.stop());

test('where none can exist, resolvePreparedTransaction has nothing to do', async () => {
  const run = await world.start('resolvePreparedTransaction', { gid: 'order-4711', outcome: 'rollback' });
  expect(await run.result()).toMatchObject({ outcome: 'nothing to do', summary: expect.stringContaining('max_prepared_transactions is 0') });
});

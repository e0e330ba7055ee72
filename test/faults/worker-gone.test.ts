import { checkerOf } from '../support/crash-checker';
import { startCrashWorld, type CrashWorld } from '../support/crash-world';

let world: CrashWorld;
beforeAll(async () => (world = await startCrashWorld([{ targets: ['gone'] }])));
afterAll(() => world.stop());

test('a run whose worker is gone goes on with the next worker', async () => {
  const checker = checkerOf(await world.admin('gone'));
  const first = await world.worker();
  const run = await world.start('bracket', 'gone', { wait: '5 minutes' });
  await run.until((now) => now.step === 'Wait', 'the wait');
  await first.kill();
  await (await world.admin('gone')).query(`update app.shelf set amount = 1 where name = 'plums'`);
  await world.worker();
  expect((await run.result()).outcome).toBe('done');
  expect(await checker.amounts()).toEqual({ apples: 1, pears: 5, plums: 1 });
  expect(await checker.ledger()).toEqual(['undone', 'done']);
  expect(await checker.busy()).toEqual([]);
});

import { startWorld, type World } from '../support/world';

let world: World;
beforeAll(async () => (world = await startWorld()));
afterAll(() => world.stop());

const set = (amount: number) => world.admin.query(`update app.shelf set amount = $1 where name = 'apples'`, [amount]);

test('a recovery that could not undo everything is followed by another one', async () => {
  const run = await world.start('restock', { apples: 10, expect: -5 });
  await run.approve();
  await run.until((now) => now.parked !== null, 'a parked step');
  await run.send('abandon', { by: 'olga', reason: 'at night' });
  expect((await run.failure()).type).toBe('Abandoned');

  await set(77);
  const order = { run: run.id, reason: 'the morning after' };
  const first = await world.start('recoverRun', order, `recover/${run.id}`);
  const { parked } = await first.until((now) => now.parked !== null || now.outcome !== null, 'a failed undo');
  expect(parked?.failure.type).toBe('ChangedByOthers');
  await first.send('abandon', { by: 'olga', reason: 'who set 77?' });
  expect((await first.failure()).type).toBe('CompensationFailed');

  await set(10);
  const second = await world.start('recoverRun', order, `recover/${run.id}`);
  const ended = await second.until((now) => now.outcome !== null || now.waitingForLock !== null, 'its end');
  expect(ended.waitingForLock).toBeNull();
  expect((await second.result()).outcome).toBe('done');
  expect((await (await world.start('count', { times: 1 })).result()).outcome).toBe('done');
  const { rows } = await world.admin.query(`select amount from app.shelf where name = 'apples'`);
  expect(rows).toEqual([{ amount: 2 }]);
});

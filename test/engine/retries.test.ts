import { startWorld, type World, type RunHandle } from '../support/world';

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
beforeEach(async () => {
  await world.admin.query(`delete from runbooks.ledger where state <> 'fence'`);
  await world.admin.query(
    `update app.shelf set amount = v.amount from (values ('apples', 1), ('pears', 2), ('plums', 0)) v (n, amount) where name = n`,
  );
});
afterEach(() => world.admin.query('rollback').catch(() => undefined));
afterAll(() => world.stop());

const amounts = async (): Promise<Record<string, number>> =>
  Object.fromEntries(
    (await world.admin.query<{ name: string; amount: number }>('select * from app.shelf')).rows.map((row) => [row.name, row.amount]),
  );

/** A run that has changed one thing, and whose point of no return fails for now, again and again: somebody holds the row. */
async function waitingForItsRetry(): Promise<RunHandle> {
  await world.admin.query('begin');
  await world.admin.query(`select 1 from app.shelf where name = 'apples' for update`);
  const run = await world.start('close');
  await run.approve();
  // Attempts take a second each; the pauses between them 0.5, 1, 2, 4 and 8 seconds.
  await new Promise((resolve) => setTimeout(resolve, 8_000));
  return run;
}

const seconds = async (body: () => Promise<unknown>): Promise<number> => {
  const began = performance.now();
  await body();
  return (performance.now() - began) / 1_000;
};

test('a cancellation ends a waiting retry at once; what never was sent closes nothing, and everything is as before', async () => {
  const run = await waitingForItsRetry();
  expect(
    await seconds(async () => {
      await run.handle.cancel();
      await run.until((now) => now.outcome !== null, 'the end');
    }),
  ).toBeLessThan(2.5);
  expect((await run.status()).outcome).toBe('cancelled');
  await world.admin.query('rollback');
  expect(await amounts()).toEqual({ apples: 1, pears: 2, plums: 0 });
}, 60_000);

test('a pause holds a waiting retry, and a resumed run tries at once', async () => {
  const run = await waitingForItsRetry();
  await run.send('pause', { by: 'olga' });
  await run.until((now) => now.phase === 'paused', 'the pause');
  // An attempt that is at work ends first.
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  await world.admin.query('rollback');
  await new Promise((resolve) => setTimeout(resolve, 2_000));
  expect((await amounts())['apples']).toBe(1);
  await run.send('resume', { by: 'olga' });
  await run.until((now) => now.step === 'Wait', 'the step after it');
  expect((await amounts())['apples']).toBe(99);
  await world.admin.query(`update app.shelf set amount = 1 where name = 'plums'`);
  expect((await run.result()).outcome).toBe('done');
}, 60_000);

// An abandoned run keeps its lock until somebody cleans up, so that it comes last.
test.each(['rollback', 'abandon'] as const)(
  '%s is answered within two seconds while a retry waits',
  async (kind) => {
    await world.admin.query('begin');
    await world.admin.query(`select 1 from app.shelf where name = 'apples' for update`);
    const run = await world.start('count', { times: 1 });
    await new Promise((resolve) => setTimeout(resolve, 8_000));
    expect(
      await seconds(async () => {
        await run.send(kind, { by: 'olga', reason: 'it takes too long' });
        await run.until((now) => now.outcome !== null, 'the end');
      }),
    ).toBeLessThan(2);
    expect((await run.status()).outcome).toBe(kind === 'rollback' ? 'rolled back' : 'abandoned');
  },
  60_000,
);

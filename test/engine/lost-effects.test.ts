import { checkerOf } from '../support/crash-checker';
import { startWorld, type RunHandle, type World } from '../support/world';

let world: World;
beforeAll(async () => (world = await startWorld()));
afterAll(() => world.stop());

const amounts = () => checkerOf(world.admin).amounts();

/** What a lossy failover does to a target: the effect and its record are gone together. */
const loseEverything = async (): Promise<void> => {
  await world.admin.query(`delete from runbooks.ledger where key <> 'fence'`);
  await world.admin.query(`update app.shelf set amount = case name when 'apples' then 1 when 'pears' then 2 else 0 end`);
};

/** Two people approve the open gate. */
async function approved(run: RunHandle): Promise<void> {
  const { plan, gate } = await run.until((now) => now.gate !== null, 'a gate');
  for (const by of ['olga', 'oleg']) await run.send('approve', { plan: plan?.slice(0, 8), gate: gate?.number, by });
}

test('an effect that was lost with a failover is reported lost, offered again and done again, never taken for done', async () => {
  const run = await world.start('hastyGate');
  await run.until((now) => now.gate !== null, 'the gate after the first change');
  expect(await amounts()).toMatchObject({ apples: 10 });
  await loseEverything();
  await approved(run);
  const asked = await run.until((now) => now.gate?.title.includes('changed') === true, 'the gate of the new plan');
  expect(asked.gate?.title).toBe('Set pears too (the plan has changed)');
  expect(await amounts()).toMatchObject({ apples: 1, pears: 2 });
  const { steps } = await run.report();
  expect(steps.find(({ title }) => title === 'Lost with a failover')).toMatchObject({ note: 'Set apples: offered again' });
  await approved(run);
  expect((await run.result()).outcome).toBe('done');
  const states = await world.admin.query<{ state: string }>(`select state from runbooks.ledger where key <> 'fence'`);
  expect(states.rows.map(({ state }) => state)).toEqual(['done', 'done']);
  expect(await amounts()).toMatchObject({ apples: 10, pears: 20 });
});

test('what was lost before a rollback leaves nothing to undo', async () => {
  await loseEverything();
  const run = await world.start('hastyGate');
  await run.until((now) => now.gate !== null, 'the gate after the first change');
  await loseEverything();
  await run.send('rollback', { by: 'olga', reason: 'the failover lost it anyway' });
  expect(await run.failure()).toMatchObject({ type: 'RolledBack' });
  expect(await amounts()).toMatchObject({ apples: 1, pears: 2 });
});

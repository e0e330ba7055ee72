import { pollUntil } from '../../../scripts/parts/poll-until';
import { startWorld, type World } from '../../support/world';

let world: World;
beforeAll(async () => (world = await startWorld()));
afterAll(() => world.stop());

test('a database that is away does not stop the incident, and is its own proof when it is back', async () => {
  await world.postgres.stop('immediate');
  const input = { lookEvery: '300 milliseconds', watchFor: '1 second', kind: 'database-down', impact: 'nothing works' };
  const run = await world.start('respondToP1', input);
  const incident = async () => (await run.report()).incident;
  await pollUntil(async () => (await run.report()).steps.some(({ title }) => title === 'The database is not well'), 30_000);
  await run.send('acknowledge', { by: 'ann' });
  await world.postgres.restart();
  expect(await pollUntil(async () => (await incident())?.milestones.mitigated !== undefined, 20_000)).toBe(true);
  await run.send('resolve', { by: 'ann', reason: 'the host was rebooted' });
  expect(await run.result()).toMatchObject({ outcome: 'done' });
  // Nobody is configured to be told: that stands in the record, and stopped nothing.
  expect((await incident())?.unheard.length).toBeGreaterThan(0);
}, 90_000);

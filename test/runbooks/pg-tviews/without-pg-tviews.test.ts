import * as workflows from '../../../workflows/index';
import type { Runbook } from '../../../workflows/engine';
import { clearBeds } from '../../support/pg-tviews/beds';
import { startWorld, type World } from '../../support/world';

const runbooks = Object.values(workflows as unknown as Record<string, Partial<Runbook>>).flatMap(({ header }) =>
  header?.system === 'pg-tviews' ? [header] : [],
);

let world: World;
beforeAll(async () => {
  world = await startWorld();
  await clearBeds(world.admin);
});
afterAll(() => world.stop());

test('there are runbooks for pg_tviews', () => expect(runbooks.length).toBeGreaterThan(5));

test.each(runbooks.map((header) => [header.id, header] as const))('%s says in one sentence that pg_tviews is not there', async (id, { example }) => {
  const run = await world.start(id, { ...example, target: 'shop' });
  const { outcome, summary } = await run.until((now) => now.outcome !== null, 'the end');
  expect(summary).toMatch(/pg_tviews is not in|No trigger of pg_tviews/);
  expect(summary).not.toMatch(/42P01|42883/);
  expect(['failed', 'done', 'nothing to do']).toContain(outcome);
});

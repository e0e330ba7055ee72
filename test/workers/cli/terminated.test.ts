import { fetchReport } from '../../../workers/cli/runs/fetch-report';
import { postMortemOf } from '../../../activities/report/post-mortem/draft';
import { outcomeOf } from '../../../activities/report/facts';
import { sharedTemporal } from '../../support/shared';
import { startWorld, type World } from '../../support/world';

let world: World;
beforeAll(async () => {
  world = await startWorld();
  Object.assign(process.env, { TEMPORAL_ADDRESS: await sharedTemporal(), TEMPORAL_NAMESPACE: world.namespace });
});
afterAll(() => world.stop());

test('the record of a run that was terminated says that it has ended, and how', async () => {
  const run = await world.start('respondToP1', { kind: 'other', impact: 'a test' });
  await run.until(({ phase }) => phase === 'running');
  expect((await fetchReport(run.id)).endedAt).toBeNull();
  await run.handle.terminate('a test');
  const report = await fetchReport(run.id);
  expect(outcomeOf(report)).toBe('terminated');
  expect(postMortemOf(report, Date.now())?.state).toBe('The response ended: terminated.');
});

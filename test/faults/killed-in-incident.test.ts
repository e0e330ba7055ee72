import { setTimeout as sleep } from 'node:timers/promises';
import { pollUntil } from '../../scripts/parts/poll-until';
import { startCrashWorld, type CrashWorld } from '../support/crash-world';

let world: CrashWorld;
beforeAll(async () => (world = await startCrashWorld([{ targets: ['shop'] }], 18, '3 seconds')));
afterAll(() => world.stop());

const KILLS = 6;

test('an incident whose worker is killed again and again tells everybody once, and ends as it should', async () => {
  const startsAt = new Date(Date.now() - 5 * 60_000 + 6_000).toISOString();
  let worker = await world.worker();
  const input = { kind: 'security', impact: 'a stolen key', startsAt, lookEvery: '400 milliseconds', watchFor: '1 second' };
  const run = await world.start('respondToP1', 'shop', input);
  for (let kill = 0; kill < KILLS; kill++) {
    // Through the diagnosis, the looks, and the moment at which the limit for the acknowledgement is missed.
    await sleep(300 + kill * 350);
    await worker.kill();
    worker = await world.worker();
  }
  await run.send('acknowledge', { by: 'ann' });
  // The incident does not wait for its diagnosis; this test does.
  expect(await pollUntil(async () => (await run.report()).incident?.runs[0]?.outcome !== null, 30_000)).toBe(true);
  await run.send('resolve', { by: 'ann', reason: 'the key was revoked' });
  expect(await run.result()).toMatchObject({ outcome: 'done' });
  const { incident, steps } = await run.report();
  expect(incident?.escalations.map(({ to, because }) => `${to}: ${because}`).sort()).toEqual([
    'CISO: it is a matter of security',
    'CISO: it is not acknowledged after 5 minutes',
  ]);
  expect(incident?.runs).toMatchObject([{ runbook: 'diagnoseDatabase', outcome: 'done' }]);
  expect(steps.filter(({ title }) => title === 'Incident open')).toHaveLength(1);
  await world.replay(run);
}, 120_000);

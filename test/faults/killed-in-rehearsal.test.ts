import { checkerOf } from '../support/crash-checker';
import { startCrashWorld, type CrashWorld } from '../support/crash-world';

let world: CrashWorld;
beforeAll(async () => (world = await startCrashWorld([{ targets: ['quick', 'slow'] }], 18, '3 seconds')));
afterAll(() => world.stop());

test.each([
  ['quick', 'count', 'addOne', 'preview', { apples: 3 }],
  ['slow', 'slowLook', 'scanShelf', 'read', { apples: 10 }],
] as const)('a %s rehearsal whose worker is killed is repeated by the next one', async (target, runbook, operation, kind, after) => {
  const checker = checkerOf(await world.admin(target));
  const doomed = await world.worker([{ run: `${runbook}/${target}`, operation, kind, stage: 'answered' }]);
  const run = await world.start(runbook, target);
  await doomed.died();
  const next = await world.worker();
  expect((await run.result()).outcome).toBe('done');
  await next.kill();
  expect(await checker.amounts()).toMatchObject(after);
  expect((await checker.ledger()).every((state) => state === 'done')).toBe(true);
  await world.replay(run);
});

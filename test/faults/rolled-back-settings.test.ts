import type { Client as Postgres } from 'pg';
import type { Stage } from '../../activities/effects/attempt';
import { checkerOf } from '../support/crash-checker';
import { startCrashWorld, type CrashWorld } from '../support/crash-world';
import type { RunHandle } from '../support/world';

/** Each lane has a server of its own: the settings are the cluster's, and so is their lock. */
const SYSTEM: readonly { target: string; stage: Stage; was: string }[] = [
  { target: 'sent', stage: 'effect sent', was: '7MB' },
  { target: 'verified', stage: 'verified', was: '' },
];
const ROLE: readonly { target: string; stage: Stage; was: number }[] = [
  { target: 'open', stage: 'before commit', was: 3 },
  { target: 'committed', stage: 'committed', was: -1 },
];

let world: CrashWorld;
const runs = new Map<string, RunHandle>();
beforeAll(async () => {
  world = await startCrashWorld(
    [...SYSTEM, ...ROLE].map(({ target }) => ({ targets: [target], ownIdentity: true })),
    15,
  );
  for (const { target, was } of SYSTEM) if (was) await (await world.admin(target)).query(`alter system set work_mem = '${was}'`);
  for (const { target, was } of ROLE) await (await world.admin(target)).query(`alter role app connection limit ${was}`);
});
afterAll(() => world.stop());

const limit = async (admin: Postgres): Promise<number | undefined> =>
  (await admin.query<{ rolconnlimit: number }>(`select rolconnlimit from pg_roles where rolname = 'app'`)).rows[0]?.rolconnlimit;

test('every run is killed between its effect and its answer, goes on, and is rolled back', async () => {
  const first = await world.worker([
    ...SYSTEM.map(({ target, stage }) => ({ run: `settings/${target}`, operation: 'setClusterSetting', stage })),
    ...ROLE.map(({ target, stage }) => ({ run: `limitThenFail/${target}`, operation: 'limitRoleConnections', stage })),
  ]);
  for (const { target } of SYSTEM) runs.set(target, await world.start('settings', target, { value: '5MB', then: 'fail' }));
  for (const { target } of ROLE) runs.set(target, await world.start('limitThenFail', target, { role: 'app', limit: 5 }));
  await first.died();

  await world.worker();
  await Promise.all([...runs.values()].map((run) => run.until((now) => now.parked !== null, 'the failed verification')));
  for (const { target } of SYSTEM) expect(await checkerOf(await world.admin(target)).setting()).toBe('5MB');
  for (const { target } of ROLE) expect(await limit(await world.admin(target))).toBe(5);

  await Promise.all([...runs.values()].map((run) => run.send('rollback', { by: 'olga', reason: 'not what we want' })));
  for (const run of runs.values()) expect(await run.failure()).toMatchObject({ type: 'RolledBack' });
}, 120_000);

test.each(SYSTEM)('ALTER SYSTEM killed at "$stage": the value from before the first attempt is back', async ({ target, was }) => {
  const checker = checkerOf(await world.admin(target));
  expect(await checker.setting()).toBe(was);
  expect(await checker.ledger()).toEqual(['undone']);
  expect(await checker.busy()).toEqual([]);
});

test.each(ROLE)('ALTER ROLE killed at "$stage": the limit from before the first attempt is back', async ({ target, was }) => {
  const checker = checkerOf(await world.admin(target));
  expect(await limit(await world.admin(target))).toBe(was);
  expect(await checker.ledger()).toEqual(['undone']);
  expect(await checker.busy()).toEqual([]);
});

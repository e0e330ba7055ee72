import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { pollUntil } from '../../scripts/parts/poll-until';
import { readCatalogue } from '../../workers/catalogue/catalogue';
import { applySchedules, compareSchedules } from '../../workers/schedules/reconcile';
import { readSchedules } from '../../workers/schedules/schedules-config';
import type { RunReport } from '../../workflows/contracts/journal';
import { startWorld, type World } from '../support/world';

let world: World;
beforeAll(async () => (world = await startWorld()));
afterAll(() => world.stop());

const path = join(mkdtempSync(join(tmpdir(), 'schedules-')), 'schedules.yaml');
const daily = { runbook: 'diagnoseDatabase', targets: ['shop'], cron: '0 6 * * *', timezone: 'Europe/Berlin', because: 'the morning look' };
const read = (schedules: object) => {
  writeFileSync(path, stringify({ schedules }));
  return readSchedules(path, readCatalogue(), ['shop']);
};
const compared = async (schedules: object) => compareSchedules(world.client, read(schedules));
const kinds = async (schedules: object) => (await compared(schedules)).map(({ id, what }) => [id, what]);

test('the file and Temporal are made the same, and what is the same is left alone', async () => {
  const wanted = { daily, weekly: { ...daily, runbook: 'respondToP2', cron: ['0 7 * * mon'], input: { impact: 'a drill' } } };
  expect(await kinds(wanted)).toEqual([
    ['runbooks/daily/shop', 'create'],
    ['runbooks/weekly/shop', 'create'],
  ]);
  await applySchedules(world.client, world.taskQueue, await compared(wanted));
  expect(await pollUntil(async () => (await kinds(wanted)).every(([, what]) => what === 'same'), 10_000)).toBe(true);
  const described = await world.client.schedule.getHandle('runbooks/daily/shop').describe();
  expect(described.policies).toMatchObject({ overlap: 'SKIP', catchupWindow: 600_000 });

  // A person's pause survives a change of the file; a foreign schedule is none of ours.
  await world.client.schedule.getHandle('runbooks/daily/shop').pause('ann');
  await world.client.schedule.create({
    scheduleId: 'theirs',
    spec: { cronExpressions: ['0 0 1 1 *'] },
    action: { type: 'startWorkflow', workflowType: 'x', taskQueue: 'x' },
  });
  const changed = { daily: { ...daily, cron: '0 5 * * *' } };
  expect(
    await pollUntil(
      async () => JSON.stringify(await kinds(changed)) === '[["runbooks/daily/shop","change"],["runbooks/weekly/shop","delete"]]',
      10_000,
    ),
  ).toBe(true);
  await applySchedules(world.client, world.taskQueue, await compared(changed));
  expect(await pollUntil(async () => JSON.stringify(await kinds(changed)) === '[["runbooks/daily/shop","same"]]', 10_000)).toBe(true);
  expect((await world.client.schedule.getHandle('runbooks/daily/shop').describe()).state.paused).toBe(true);
  expect((await world.client.schedule.getHandle('theirs').describe()).scheduleId).toBe('theirs');
});

test('what a schedule starts is a run like any other, and says that a schedule asked for it', async () => {
  await world.client.schedule.getHandle('runbooks/daily/shop').trigger();
  const started = async (): Promise<string | null> => {
    for await (const { workflowId } of world.client.workflow.list({ query: `WorkflowType = 'diagnoseDatabase'` })) return workflowId;
    return null;
  };
  expect(await pollUntil(async () => (await started()) !== null, 15_000)).toBe(true);
  const handle = world.client.workflow.getHandle((await started()) ?? '');
  expect(await handle.result()).toMatchObject({ outcome: 'done' });
  expect(await handle.query<RunReport>('report')).toMatchObject({ requestedBy: 'schedule', reason: 'schedule daily: the morning look' });
});

test('a schedule that Temporal refuses is named, and keeps no other from its place; the note of a pause stays', async () => {
  const wanted = { daily, early: { ...daily, cron: '61 5 * * *' }, late: { ...daily, cron: '0 23 * * *' } };
  await world.client.schedule.getHandle('runbooks/daily/shop').pause('ann: the disks are being changed');
  const differences = await compared(wanted);
  await expect(applySchedules(world.client, world.taskQueue, differences)).rejects.toThrow(
    /runbooks\/early\/shop: Minute is not in range.*The others are as they are in the file/s,
  );
  expect(await pollUntil(async () => (await kinds(wanted)).filter(([, what]) => what === 'same').length === 2, 10_000)).toBe(true);
  const { state } = await world.client.schedule.getHandle('runbooks/daily/shop').describe();
  expect(state).toMatchObject({ paused: true, note: expect.stringContaining('ann: the disks are being changed') });
});

test('a time that means something else than it seems to is refused: six fields, a zone that nobody knows', () => {
  const bad = { a: { ...daily, cron: '0 0 6 * * *' }, b: { ...daily, cron: '@every 12h' }, c: { ...daily, timezone: 'Europe/Berln' } };
  expect(() => read(bad)).toThrow(/a\.cron.*five fields.*\n.*b\.cron.*five fields.*\n.*c\.timezone.*time zone/);
  expect(() => read({ list: { ...daily, cron: ['*/5 8-17 * * mon-fri', '0 0 L 1-12/3 ?'] } })).not.toThrow();
});

test('a file with problems says all of them', () => {
  const bad = {
    a: { ...daily, runbook: 'diagnoseDatabases' },
    b: { ...daily, targets: ['shops'] },
    c: { ...daily, input: { longerthan: '1 minute' } },
  };
  expect(() => read(bad)).toThrow(/3 problems:\n.*Did you mean.*diagnoseDatabase.*\n.*no target shops.*\n.*takes no such input/);
  expect(readSchedules('schedules.example.yaml', readCatalogue(), ['orders-eu', 'billing-eu'])).toHaveLength(4);
});

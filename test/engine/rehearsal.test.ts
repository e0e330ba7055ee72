import { checkerOf } from '../support/crash-checker';
import { resetShelf } from '../support/shelf';
import { startWorld, type RunHandle, type World } from '../support/world';

let world: World;
beforeAll(async () => (world = await startWorld()));
afterAll(() => world.stop());
beforeEach(() => resetShelf(world.admin));

const amounts = () => checkerOf(world.admin).amounts();

interface Events {
  /** Activity types of local activities, in their order. */
  readonly local: readonly string[];
  /** Activity types of ordinary activities, in their order. */
  readonly ordinary: readonly string[];
  readonly children: number;
}

/** What the Temporal timeline of a run shows. */
async function eventsOf(run: RunHandle): Promise<Events> {
  const events = (await run.handle.fetchHistory()).events ?? [];
  const markers = events.flatMap((event) => event.markerRecordedEventAttributes?.details?.['data']?.payloads?.[0]?.data ?? []);
  return {
    local: markers.map((data) => (JSON.parse(Buffer.from(data).toString()) as { activity_type: string }).activity_type),
    ordinary: events.flatMap((event) => event.activityTaskScheduledEventAttributes?.activityType?.name ?? []),
    children: events.filter((event) => event.startChildWorkflowExecutionInitiatedEventAttributes).length,
  };
}

const sleeping = async (): Promise<number> =>
  (await world.admin.query(`select 1 from pg_stat_activity where state = 'active' and application_name like 'rb:%' and query like '%pg_sleep%'`))
    .rowCount ?? 0;

async function untilSleeping(): Promise<void> {
  while ((await sleeping()) === 0) await new Promise((resolve) => setTimeout(resolve, 50));
}

test('a rehearsal is one event, and names no write before one happened', async () => {
  const run = await world.start('restock');
  await run.until((now) => now.gate !== null, 'the gate');
  const atGate = await eventsOf(run);
  expect(atGate.local.filter((name) => name === 'rehearse')).toHaveLength(1);
  expect([...atGate.local, ...atGate.ordinary]).not.toContain('setAmount');
  await run.approve();
  expect((await run.result()).outcome).toBe('done');
  expect((await eventsOf(run)).ordinary.filter((name) => name === 'setAmount')).toHaveLength(2);
});

test('a slow read makes it an ordinary activity', async () => {
  const run = await world.start('slowLook');
  expect((await run.result()).outcome).toBe('done');
  expect((await eventsOf(run)).ordinary).toEqual(['rehearse', 'scanShelf', 'setAmount']);
});

test('so does a rehearsal that is longer than a local activity may be', async () => {
  const run = await world.start('lateLooks', { seconds: 1.6, mode: 'plan' });
  expect((await run.result()).plan?.steps).toHaveLength(4);
  const { ordinary } = await eventsOf(run);
  expect(ordinary).toEqual(['rehearse']);
  expect(await sleeping()).toBe(0);
});

test('children are rehearsed inside, and the approval of the plan covers them', async () => {
  const run = await world.start('twoChildren');
  await run.until((now) => now.gate !== null, 'the gate');
  const steps = (await run.report()).plan?.steps ?? [];
  expect(steps.map(({ title, childRisk, note }) => [title, childRisk, note])).toEqual([
    ['Look first', 'read-only', 'looks only'],
    ['Restock by a child run', undefined, 'asks'],
    ['Restock', 'disruptive', expect.stringMatching(/^5 steps of its own, plan [0-9a-f]{8}$/)],
  ]);
  // The child that only reads has run for real since; the other one was planned without a run of its own.
  expect((await eventsOf(run)).children).toBe(1);
  await run.approve();
  expect((await run.result()).outcome).toBe('done');
  expect(await amounts()).toMatchObject({ apples: 10, pears: 20 });
});

test("a child's input is checked, and what its reads demand, before anybody is asked", async () => {
  expect(await (await world.start('twoChildren', { apples: 1.5 })).failure()).toMatchObject({ type: 'InvalidInput' });
  await world.admin.query(`delete from app.shelf where name = 'apples'`);
  const failure = await (await world.start('twoChildren')).failure();
  expect(failure).toEqual({ type: 'PreconditionUnmet', message: 'There are apples: not so. Buy some. Nothing had been changed.' });
});

test('a re-plan is given what is finished, and does not ask for it again', async () => {
  const run = await world.start('twoGates');
  await run.approve();
  await run.until((now) => now.gate?.title === 'Set pears', 'the second gate');
  await world.admin.query(`update app.shelf set amount = 7 where name = 'pears'`);
  await run.approve();
  await run.until((now) => now.gate?.title.startsWith('Set pears (') ?? false, 'the gate that asks again');
  const { plan } = await run.report();
  expect(plan?.steps.map(({ title, finished }) => [title, finished])).toEqual([
    ['Set apples', true],
    ['Set apples', true],
    ['Set pears', true],
    ['Set pears', false],
  ]);
  expect((await eventsOf(run)).local.filter((name) => name === 'rehearse')).toHaveLength(2);
  await run.approve();
  expect((await run.result()).outcome).toBe('done');
  expect(await amounts()).toMatchObject({ apples: 10, pears: 20 });
});

test('a cancellation in the middle of a rehearsal ends it and its statement', async () => {
  const run = await world.start('slowLook', { seconds: 25 });
  await untilSleeping();
  await run.handle.cancel();
  await expect(run.result()).rejects.toMatchObject({ cause: { name: 'CancelledFailure' } });
  expect(await sleeping()).toBe(0);
  expect((await run.report()).outcome).toBe('cancelled');
});

test('whoever ends the run does not wait for its rehearsal', async () => {
  const run = await world.start('slowLook', { seconds: 25 });
  await untilSleeping();
  await run.send('abandon', { by: 'olga', reason: 'not now' });
  expect((await run.failure()).type).toBe('Abandoned');
  expect(await sleeping()).toBe(0);
  expect(await amounts()).toMatchObject({ apples: 1 });
});

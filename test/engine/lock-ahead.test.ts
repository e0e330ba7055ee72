import { lockWorkflowId, type LockState } from '../../workflows/contracts/lock';
import { resetShelf } from '../support/shelf';
import { startWorld, type RunHandle, type World } from '../support/world';

let world: World;
beforeAll(async () => (world = await startWorld()));
afterAll(() => world.stop());
beforeEach(() => resetShelf(world.admin));

async function holders(): Promise<string[]> {
  const { rows } = await world.admin.query<{ id: string }>('select system_identifier::text as id from pg_control_system()');
  const lock = world.client.workflow.getHandle(lockWorkflowId(rows[0]?.id ?? ''));
  return (await lock.query<LockState>('state')).holders.map((holder) => holder.workflowId);
}

/** How often a run asked the lock, and how often it let go of it before its end. */
async function lockCalls(run: RunHandle): Promise<{ asked: number; givenBack: number }> {
  const events = (await run.handle.fetchHistory()).events ?? [];
  const names = events.flatMap((event) => {
    const data = event.markerRecordedEventAttributes?.details?.['data']?.payloads?.[0]?.data;
    return data ? [(JSON.parse(Buffer.from(data).toString()) as { activity_type: string }).activity_type] : [];
  });
  const count = (wanted: string): number => names.filter((name) => name === wanted).length;
  return { asked: count('acquireLock'), givenBack: count('releaseLock') };
}

test('the lock is asked for once, beside the read before the first change, and let go of with the end', async () => {
  const run = await world.start('readThenChange');
  await run.approve();
  expect((await run.result()).outcome).toBe('done');
  expect(await lockCalls(run)).toEqual({ asked: 1, givenBack: 0 });
  expect(await holders()).toEqual([]);
});

test('a run that waits at a gate has not asked, and one that ends before its change lets go', async () => {
  const run = await world.start('readThenChange');
  await run.until((now) => now.gate !== null, 'the gate');
  expect(await lockCalls(run)).toEqual({ asked: 0, givenBack: 0 });
  await world.admin.query(`update app.shelf set amount = 0 where name = 'apples'`);
  await run.approve();
  expect(await run.result()).toMatchObject({ outcome: 'nothing to do', summary: 'There are no apples.' });
  expect(await lockCalls(run)).toEqual({ asked: 1, givenBack: 0 });
  expect(await holders()).toEqual([]);
});

test('a run that waits for an operator before its first change gives it back, and asks again', async () => {
  const run = await world.start('readThenChange');
  await run.until((now) => now.gate !== null, 'the gate');
  await world.admin.query('alter table app.shelf rename to away');
  await run.approve();
  await run.until((now) => now.parked !== null, 'the parked step');
  expect(await lockCalls(run)).toEqual({ asked: 1, givenBack: 1 });
  expect(await holders()).toEqual([]);
  await world.admin.query('alter table app.away rename to shelf');
  await run.send('retry', { by: 'olga' });
  expect((await run.result()).outcome).toBe('done');
  expect(await holders()).toEqual([]);
});

import { Client } from 'pg';
import { answerOf, effectOf } from '../../support/exercise-operation';
import { layBed } from '../../support/pg-tviews/beds';
import { startWorld, type World } from '../../support/world';

let world: World;
beforeAll(async () => (world = await startWorld()));
afterAll(() => world.stop());

interface Seen {
  readonly table: string;
  readonly trigger: string;
  readonly state: string;
}

const triggers = async (): Promise<Seen[]> =>
  (
    await world.admin.query<Seen>(
      `select t.tgrelid::regclass::text as "table", quote_ident(tgname) as trigger, tgenabled::text as state from pg_trigger t join pg_proc p on p.oid = t.tgfoid
        where not tgisinternal and proname = 'tview_trigger_handler' order by 1, 2`,
    )
  ).rows;

/** A bed with three triggers on three tables. */
async function laid(): Promise<{ on: unknown; before: Seen[] }> {
  await layBed(world.admin, 'immediate');
  return { on: await answerOf(world, 'probeTviews', {}), before: await triggers() };
}

async function whileLocked(table: string, work: () => Promise<void>): Promise<void> {
  const other = new Client({ connectionString: world.postgres.url('shop') });
  await other.connect();
  try {
    await other.query(`begin; lock table ${table} in row exclusive mode`);
    await work();
  } finally {
    await other.end();
  }
}

test('a disabling that was cut between two tables is undone', async () => {
  const { on, before } = await laid();
  const disable = effectOf(world, 'disableRefreshTriggers', { on });
  expect(await disable.cut('effect sent', 1)).toBe(true);
  expect((await triggers()).map(({ state }) => state)).toEqual(['D', 'O', 'O']);
  expect((await disable.undo()).how).toBe('undone');
  expect(await triggers()).toEqual(before);
});

test('a disabling that passed over a locked table is undone', async () => {
  const { on, before } = await laid();
  const disable = effectOf(world, 'disableRefreshTriggers', { on });
  await whileLocked(before[1]?.table ?? '', async () => {
    await expect(disable.act()).rejects.toMatchObject({ type: 'VerificationFailed' });
    expect((await disable.undo()).how).toBe('undone');
  });
  expect(await triggers()).toEqual(before);
});

test('an undo that passed over a locked table is done by a retry', async () => {
  const { on, before } = await laid();
  const disable = effectOf(world, 'disableRefreshTriggers', { on });
  await disable.act();
  await whileLocked(before[0]?.table ?? '', () => expect(disable.undo()).rejects.toMatchObject({ type: 'VerificationFailed' }));
  expect((await disable.undo()).how).toBe('undone');
  expect(await triggers()).toEqual(before);
});

test('what somebody else has set meanwhile is not overwritten, half done or not', async () => {
  const { on, before } = await laid();
  const disable = effectOf(world, 'disableRefreshTriggers', { on });
  await disable.cut('effect sent', 2);
  await world.admin.query(`alter table ${before[0]?.table ?? ''} enable replica trigger ${before[0]?.trigger ?? ''}`);
  await expect(disable.undo()).rejects.toMatchObject({ type: 'ChangedByOthers' });
  expect((await triggers()).map(({ state }) => state)).toEqual(['R', 'D', 'O']);
});

test('a trigger that somebody disabled after an earlier restoring stays disabled', async () => {
  const { on, before } = await laid();
  await effectOf(world, 'disableRefreshTriggers', { on }).act();
  await effectOf(world, 'restoreRefreshTriggers', { on }).act();
  expect(await triggers()).toEqual(before);
  await world.admin.query(`alter table ${before[0]?.table ?? ''} disable trigger ${before[0]?.trigger ?? ''}`);
  await effectOf(world, 'disableRefreshTriggers', { on }).act();
  await effectOf(world, 'restoreRefreshTriggers', { on }).act();
  expect((await triggers()).map(({ state }) => state)).toEqual(['D', 'O', 'O']);
});

test('more than five thousand triggers are disabled and restored', async () => {
  const { on } = await laid();
  await world.admin.query(`do $$ begin for t in 1 .. 102 loop
    execute format('create table hooked_%s (pk_many bigint)', t);
    execute format('alter table hooked_%s owner to rb_own', t);
    for n in 1 .. 50 loop
      execute format('create trigger hook_%s after insert on hooked_%s for each row execute function tview_trigger_handler(''x'')', n, t);
    end loop; end loop; end $$`);
  const disable = effectOf(world, 'disableRefreshTriggers', { on });
  await disable.act();
  expect((await disable.undo()).how).toBe('undone');
  expect((await triggers()).every(({ state }) => state === 'O')).toBe(true);
});

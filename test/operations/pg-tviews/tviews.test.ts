import { Client } from 'pg';
import { answerOf, effectOf, previewOf } from '../../support/exercise-operation';
import { clearBeds, DIALECTS, layBed, type Dialect } from '../../support/pg-tviews/beds';
import { startWorld, type World } from '../../support/world';

interface Tview {
  readonly entity: string;
}

let world: World;
let on: object;
beforeAll(async () => (world = await startWorld()));
afterAll(() => world.stop());

const answer = async <T>(name: string, input: object = {}): Promise<T> => (await answerOf(world, name, input)) as T;
const lay = async (dialect: Dialect): Promise<void> => {
  await layBed(world.admin, dialect);
  on = await answer('probeTviews');
};
const tview = async (entity: string): Promise<Tview> => {
  const found = (await answer<Tview[]>('listTviews', { on })).find((one) => one.entity === entity || one.entity === `tv_${entity}`);
  if (!found) throw new Error(`No TVIEW ${entity}.`);
  return found;
};
const difference = async (entity: string) => answer<object>('compareTview', { on, tview: await tview(entity) });
const states = async () =>
  (
    await world.admin.query<{ state: string }>(
      `select string_agg(format('%s %s', tgname, tgenabled), ', ' order by tgname) as state from pg_trigger where not tgisinternal and tgname ~ 'tview'`,
    )
  ).rows[0]?.state;

test('a database without pg_tviews is refused in one sentence', async () => {
  await clearBeds(world.admin);
  await expect(answer('probeTviews')).rejects.toMatchObject({
    name: 'CapabilityAbsent',
    message: expect.stringContaining('not installed in this database'),
  });
});

test('the probe tells the two interfaces apart, and finds trigger functions whatever triggers are called', async () => {
  await lay('immediate');
  expect(on).toMatchObject({ dialect: 'immediate', schema: 'public', handlers: ['public.tview_trigger_handler()'], isExtension: false });
  await lay('queued');
  expect(on).toMatchObject({
    dialect: 'queued',
    schema: 'public',
    handlers: ['pg_tviews_internal.enqueue()'],
    queue: { schema: 'pg_tviews_internal', table: 'queue' },
  });
});

test('what has no queue says so in a sentence', async () => {
  await lay('immediate');
  await expect(answer('measureQueue', { on })).rejects.toMatchObject({ name: 'CapabilityAbsent', message: expect.stringContaining('no queue') });
});

describe.each(DIALECTS)('on the %s interface', (dialect) => {
  beforeEach(() => lay(dialect));

  test('lists every TVIEW with its columns and key, and calls it OK', async () => {
    const found = await answer<Tview[]>('listTviews', { on });
    expect(found).toContainEqual(
      expect.objectContaining({ table: 'tv_order', view: 'v_order', key: 'pk_order', columns: ['pk_order', 'fk_customer', 'data'] }),
    );
    expect(new Set((await answer<{ status: string }[]>('listTviewStatus', { on })).map((one) => one.status))).toEqual(new Set(['OK']));
    expect(await answer('countTviews', { on })).toMatchObject({
      tviews: found.length,
      ok: found.length,
      triggers: found.length,
      disabledTriggers: 0,
    });
  });

  test('a dropped table and disabled or dropped triggers have their status and the next step', async () => {
    await world.admin.query(
      `drop table tv_customer; drop trigger ${dialect === 'immediate' ? 'trg_tview_order_on_tb_order' : 'pg_tviews_order'} on tb_order`,
    );
    expect(await answer('listTviewStatus', { on })).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ entity: expect.stringContaining('customer'), status: 'TABLE MISSING', doNext: expect.stringContaining('rebuild') }),
        expect.objectContaining({ entity: expect.stringContaining('order'), status: 'TRIGGERS MISSING' }),
      ]),
    );
    await lay(dialect);
    await world.admin.query('alter table tb_order disable trigger user');
    expect(await answer('listTviewStatus', { on })).toContainEqual(
      expect.objectContaining({ status: 'TRIGGERS DISABLED', doNext: expect.stringContaining('restoreRefreshTriggers') }),
    );
  });

  test('the difference of view and table sees stale rows and ghosts that counts do not', async () => {
    expect(await difference('order')).toMatchObject({ rows: 20, missing: 0, surplus: 0, ghosts: 0, differing: 0 });
    await world.admin.query(
      `alter table tb_order disable trigger user; update tb_order set total = 0 where pk_order = 1; delete from tb_order where pk_order = 2; insert into tb_order values (99, 1, 9)`,
    );
    expect(await difference('order')).toMatchObject({ rows: 20, missing: 2, surplus: 2, ghosts: 1, differing: 4 });
  });

  test.each(['refreshTviewByTruncate', 'refreshTviewByRows'])('%s makes table and view equal, ghosts too', async (operation) => {
    await world.admin.query(
      `alter table tb_order disable trigger user; update tb_order set total = 0 where pk_order = 1; delete from tb_order where pk_order = 2; insert into tb_order values (99, 1, 9)`,
    );
    const effect = effectOf(world, operation, { on, tview: await tview('order') });
    expect(await effect.act()).toMatchObject({ how: 'done' });
    expect(await difference('order')).toMatchObject({ rows: 20, differing: 0 });
    expect(await effect.act()).toMatchObject({ how: 'found' });
  });

  test('disabling knows every state and restores exactly the recorded ones', async () => {
    await world.admin.query(
      `alter table tb_customer enable replica trigger ${dialect === 'immediate' ? 'trg_tview_customer_on_tb_customer' : 'pg_tviews_customer'}`,
    );
    const before = await states();
    const effect = effectOf(world, 'disableRefreshTriggers', { on });
    await effect.act();
    expect(await answer('measureRefreshTriggers', { on })).toMatchObject({ enabled: 0, missing: 0, enabledOn: [] });
    await effect.undo();
    expect(await states()).toBe(before);
    await effectOf(world, 'disableRefreshTriggers', { on }).act();
    await effectOf(world, 'restoreRefreshTriggers', { on }).act();
    expect(await states()).toBe(before);
  });

  test('a table that cannot be locked is named, and the others are disabled', async () => {
    const writer = new Client({ connectionString: world.postgres.url('shop') });
    await writer.connect();
    await writer.query('begin; insert into tb_customer values (77, $$x$$)');
    await expect(effectOf(world, 'disableRefreshTriggers', { on }).act()).rejects.toMatchObject({
      name: 'VerificationFailed',
      message: expect.stringContaining('public.tb_customer'),
    });
    expect(await answer('measureRefreshTriggers', { on })).toMatchObject({ enabled: 1, enabledOn: ['public.tb_customer'] });
    await writer.query('rollback');
    await writer.end();
  }, 30_000);

  test('without a lock: the trigger function is replaced and given back', async () => {
    const effect = effectOf(world, 'replaceTriggerHandlers', { on });
    await effect.act();
    await world.admin.query(`update tb_order set total = 0 where pk_order = 1`);
    expect(await difference('order')).toMatchObject({ differing: 2 });
    await effect.undo();
    await world.admin.query(`update tb_order set total = 1 where pk_order = 1`);
    if (dialect === 'immediate') expect(await difference('order')).toMatchObject({ differing: 0 });
    else expect(await answer('measureQueue', { on })).toMatchObject({ depth: 1 });
  });

  test('the plan of a refresh shows the table and its locks', async () => {
    expect(await previewOf(world, 'refreshTviewByTruncate', { on, tview: await tview('order') })).toMatchObject({
      before: { count: 1, sample: [{ table: 'public.tv_order' }] },
      locks: expect.stringContaining('ACCESS EXCLUSIVE'),
    });
  });
});

describe('habits of the released extension', () => {
  beforeEach(() => lay('immediate'));

  test('its health check says OK over disabled triggers; ours does not ask it', async () => {
    await world.admin.query('alter table tb_order disable trigger user');
    const { rows } = await world.admin.query<{ status: string }>('select distinct status from public.pg_tviews_health_check()');
    expect(rows).toEqual([{ status: 'OK' }]);
    expect(await answer('listTviewStatus', { on })).toContainEqual(expect.objectContaining({ entity: 'order', status: 'TRIGGERS DISABLED' }));
  });

  test('parent and child written at the same time leave a stale row that only the comparison sees', async () => {
    const [parent, child] = await Promise.all([connected(), connected()]);
    await parent.query(`begin; update tb_customer set name = 'renamed' where pk_customer = 1`);
    await child.query(`begin; insert into tb_order values (500, 1, 5); commit`);
    await parent.query('commit');
    await Promise.all([parent.end(), child.end()]);
    expect((await answer<{ status: string }[]>('listTviewStatus', { on })).every((one) => one.status === 'OK')).toBe(true);
    expect(await difference('order')).toMatchObject({ rows: 21, missing: 1, surplus: 1, ghosts: 0 });
    await effectOf(world, 'refreshTviewByRows', { on, tview: await tview('order') }).act();
    expect(await difference('order')).toMatchObject({ differing: 0 });
  });

  test('a ghost poisons the cascade of its parent: the write commits, and what depends on it stays stale', async () => {
    const writer = await connected();
    const warnings: string[] = [];
    writer.on('notice', ({ severity, message }) => severity === 'WARNING' && warnings.push(message ?? ''));
    await writer.query('delete from tb_item where pk_item = 1');
    await writer.query('update tb_order set total = 7 where pk_order = 2');
    expect(warnings).toEqual(['Failed to refresh order[2]']);
    expect(await difference('item')).toMatchObject({ ghosts: 1, missing: 1 });
    await effectOf(world, 'refreshTviewByRows', { on, tview: await tview('item') }).act();
    expect(await difference('item')).toMatchObject({ differing: 0 });
    warnings.splice(0);
    await writer.query('update tb_order set total = 8 where pk_order = 2');
    await writer.end();
    expect(warnings).toEqual([]);
  });

  test('its refresh names tables without their schema: a table of the same name elsewhere is not touched', async () => {
    await world.admin.query(
      `drop schema if exists other cascade; create schema other; create table other.tv_order as select * from tv_order; grant all on schema other to rb_own; grant all on other.tv_order to rb_own`,
    );
    await world.admin.query(`alter database shop set search_path = other, public`);
    await world.admin.query('delete from tv_order where pk_order = 1');
    await effectOf(world, 'refreshTviewByTruncate', { on, tview: await tview('order') }).act();
    await world.admin.query('alter database shop reset search_path');
    expect(await difference('order')).toMatchObject({ rows: 20, differing: 0 });
    expect((await world.admin.query('select count(*)::int as rows from other.tv_order')).rows).toEqual([{ rows: 20 }]);
  });

  test('readers of a truncating refresh wait, and give up by their own time-out; those of a refresh by rows go on', async () => {
    const reader = await connected();
    await reader.query('begin; select count(*) from tv_order');
    await expect(effectOf(world, 'refreshTviewByTruncate', { on, tview: await tview('order') }).act()).rejects.toMatchObject({ code: '55P03' });
    await effectOf(world, 'refreshTviewByRows', { on, tview: await tview('order') }).act();
    await reader.query('commit');
    await reader.end();
  });
});

const connected = async (): Promise<Client> => {
  const client = new Client({ connectionString: world.postgres.url('shop') });
  await client.connect();
  return client;
};

describe('the queue', () => {
  beforeEach(async () => {
    await lay('queued');
    await world.admin.query(
      `update tb_order set total = total + 1; update tb_customer set name = name || '!'; insert into pg_tviews_internal.queue values ('tv_gone', now() - interval '2 hours')`,
    );
  });

  test('is measured with its level and its orphans', async () => {
    expect(await answer('measureQueue', { on })).toMatchObject({ depth: 26, views: 3, orphaned: 1, level: 'CRITICAL' });
    expect(await answer('listQueueByView', { on })).toContainEqual(expect.objectContaining({ entity: 'tv_gone', entries: 1, known: false }));
  });

  test('is worked off by view, each refreshed once; an orphan stays', async () => {
    const act = effectOf(world, 'refreshQueued', { on, views: 1, cap: 10 });
    expect(await act.act()).toMatchObject({ how: 'done' });
    expect(await answer('measureQueue', { on })).toMatchObject({ depth: 6 });
    await effectOf(world, 'refreshQueued', { on, views: 5, cap: 10 }).act();
    expect(await answer('measureQueue', { on })).toMatchObject({ depth: 1, orphaned: 1 });
    expect(await difference('order')).toMatchObject({ differing: 0 });
  });

  test('entries are set aside, never truncated, and can be put back with their times', async () => {
    const queue = async () => (await world.admin.query('select * from pg_tviews_internal.queue order by 1, 2')).rows as unknown[];
    const before = await queue();
    for (const only of ['orphaned', 'all']) {
      const effect = effectOf(world, 'setAsideQueue', { on, only });
      await effect.act();
      expect(await answer('measureQueue', { on })).toMatchObject({ depth: only === 'all' ? 0 : 25 });
      await effect.undo();
      expect(await queue()).toEqual(before);
    }
  });
});

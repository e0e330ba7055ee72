import { Client } from 'pg';
import { answerOf, effectOf, previewOf } from '../../support/exercise-operation';
import { Questions } from '../../support/pg-tviews/questions';
import { clearBeds, DIALECTS } from '../../support/pg-tviews/beds';
import { startWorld, type World } from '../../support/world';

let world: World;
beforeAll(async () => (world = await startWorld()));
afterAll(() => world.stop());

const questions = new Questions(() => world);
const answer: Questions['answer'] = (name, input) => questions.answer(name, input);
const lay = questions.lay.bind(questions);
const tview = questions.tview.bind(questions);
const difference = questions.difference.bind(questions);
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
  expect(questions.on).toMatchObject({ dialect: 'immediate', schema: 'public', handlers: ['public.tview_trigger_handler()'], isExtension: false });
  await lay('queued');
  expect(questions.on).toMatchObject({
    dialect: 'queued',
    schema: 'public',
    handlers: ['pg_tviews_internal.enqueue()'],
    queue: { schema: 'pg_tviews_internal', table: 'queue' },
  });
});

test('what has no queue says so in a sentence', async () => {
  await lay('immediate');
  await expect(answer('measureQueue', { on: questions.on })).rejects.toMatchObject({
    name: 'CapabilityAbsent',
    message: expect.stringContaining('no queue'),
  });
});

describe.each(DIALECTS)('on the %s interface', (dialect) => {
  beforeEach(() => lay(dialect));

  test('lists every TVIEW with its columns and key, and calls it OK', async () => {
    const found = await answer<object[]>('listTviews', { on: questions.on });
    expect(found).toContainEqual(
      expect.objectContaining({ table: 'tv_order', view: 'v_order', key: 'pk_order', columns: ['pk_order', 'fk_customer', 'data'] }),
    );
    expect(new Set((await answer<{ status: string }[]>('listTviewStatus', { on: questions.on })).map((one) => one.status))).toEqual(new Set(['OK']));
    expect(await answer('countTviews', { on: questions.on })).toMatchObject({
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
    expect(await answer('listTviewStatus', { on: questions.on })).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ entity: expect.stringContaining('customer'), status: 'TABLE MISSING', doNext: expect.stringContaining('rebuild') }),
        expect.objectContaining({ entity: expect.stringContaining('order'), status: 'TRIGGERS MISSING' }),
      ]),
    );
    await lay(dialect);
    await world.admin.query('alter table tb_order disable trigger user');
    expect(await answer('listTviewStatus', { on: questions.on })).toContainEqual(
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
    const effect = effectOf(world, operation, { on: questions.on, tview: await tview('order') });
    expect(await effect.act()).toMatchObject({ how: 'done' });
    expect(await difference('order')).toMatchObject({ rows: 20, differing: 0 });
    expect(await effect.act()).toMatchObject({ how: 'found' });
  });

  test('disabling knows every state and restores exactly the recorded ones', async () => {
    await world.admin.query(
      `alter table tb_customer enable replica trigger ${dialect === 'immediate' ? 'trg_tview_customer_on_tb_customer' : 'pg_tviews_customer'}`,
    );
    const before = await states();
    const effect = effectOf(world, 'disableRefreshTriggers', { on: questions.on });
    await effect.act();
    expect(await answer('measureRefreshTriggers', { on: questions.on })).toMatchObject({ enabled: 0, missing: 0, enabledOn: [] });
    await effect.undo();
    expect(await states()).toBe(before);
    await effectOf(world, 'disableRefreshTriggers', { on: questions.on }).act();
    await effectOf(world, 'restoreRefreshTriggers', { on: questions.on }).act();
    expect(await states()).toBe(before);
  });

  test('a table that cannot be locked is named, and the others are disabled', async () => {
    const writer = new Client({ connectionString: world.postgres.url('shop') });
    await writer.connect();
    await writer.query('begin; insert into tb_customer values (77, $$x$$)');
    await expect(effectOf(world, 'disableRefreshTriggers', { on: questions.on }).act()).rejects.toMatchObject({
      name: 'VerificationFailed',
      message: expect.stringContaining('public.tb_customer'),
    });
    expect(await answer('measureRefreshTriggers', { on: questions.on })).toMatchObject({ enabled: 1, enabledOn: ['public.tb_customer'] });
    await writer.query('rollback');
    await writer.end();
  }, 30_000);

  test('without a lock: the trigger function is replaced and given back', async () => {
    const effect = effectOf(world, 'replaceTriggerHandlers', { on: questions.on });
    await effect.act();
    await world.admin.query(`update tb_order set total = 0 where pk_order = 1`);
    expect(await difference('order')).toMatchObject({ differing: 2 });
    await effect.undo();
    await world.admin.query(`update tb_order set total = 1 where pk_order = 1`);
    if (dialect === 'immediate') expect(await difference('order')).toMatchObject({ differing: 0 });
    else expect(await answer('measureQueue', { on: questions.on })).toMatchObject({ depth: 1 });
  });

  test('the plan of a refresh shows the table and its locks', async () => {
    expect(await previewOf(world, 'refreshTviewByTruncate', { on: questions.on, tview: await tview('order') })).toMatchObject({
      before: { count: 1, sample: [{ table: 'public.tv_order' }] },
      locks: expect.stringContaining('ACCESS EXCLUSIVE'),
    });
  });
});

describe('the queue', () => {
  beforeEach(async () => {
    await lay('queued');
    await world.admin.query(
      `update tb_order set total = total + 1; update tb_customer set name = name || '!'; insert into pg_tviews_internal.queue values ('tv_gone', now() - interval '2 hours')`,
    );
  });

  test('is measured with its level and its orphans', async () => {
    expect(await answer('measureQueue', { on: questions.on })).toMatchObject({ depth: 26, views: 3, orphaned: 1, level: 'CRITICAL' });
    expect(await answer('listQueueByView', { on: questions.on })).toContainEqual(
      expect.objectContaining({ entity: 'tv_gone', entries: 1, known: false }),
    );
  });

  test('is worked off by view, each refreshed once; an orphan stays', async () => {
    const act = effectOf(world, 'refreshQueued', { on: questions.on, views: 1, limit: 10 });
    expect(await act.act()).toMatchObject({ how: 'done' });
    expect(await answer('measureQueue', { on: questions.on })).toMatchObject({ depth: 6 });
    await effectOf(world, 'refreshQueued', { on: questions.on, views: 5, limit: 10 }).act();
    expect(await answer('measureQueue', { on: questions.on })).toMatchObject({ depth: 1, orphaned: 1 });
    expect(await difference('order')).toMatchObject({ differing: 0 });
  });

  test('entries are quarantined, never truncated, and can be released with their times', async () => {
    const queue = async () => (await world.admin.query('select * from pg_tviews_internal.queue order by 1, 2')).rows as unknown[];
    const before = await queue();
    for (const only of ['orphaned', 'all']) {
      const effect = effectOf(world, 'quarantineQueueEntries', { on: questions.on, only });
      await effect.act();
      expect(await answer('measureQueue', { on: questions.on })).toMatchObject({ depth: only === 'all' ? 0 : 25 });
      await effect.undo();
      expect(await queue()).toEqual(before);
    }
  });
});

test('names with a dollar and a digit are taken as they are', async () => {
  await world.admin.query(`create schema dollars; grant usage on schema dollars to rb_read; create table dollars."v$2" (pk int, "a$1" int);
    create table dollars."tv$1" (pk int, "a$1" int); insert into dollars."tv$1" values (1, 1); create view dollars."v$1" as table dollars."tv$1";
    grant select on all tables in schema dollars to rb_read`);
  const on = { dialect: 'immediate', schema: 'public', version: null, handlers: [], queue: null, isExtension: false };
  const tview = { entity: 'dollars', schema: 'dollars', table: 'tv$1', viewSchema: 'dollars', view: 'v$1', columns: ['pk', 'a$1'], key: 'pk' };
  expect(await answerOf(world, 'compareTview', { on, tview })).toMatchObject({ rows: 1, differing: 0 });
});

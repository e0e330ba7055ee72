import { answerOf, effectOf, expectStatements, exerciseWrite, previewOf, verdictOf } from '../../support/exercise-operation';
import { AppSessions } from '../../support/sessions';
import { startWorld, type World } from '../../support/world';

const span = '200 milliseconds';
const rule = { olderThan: span, perRound: 5, cap: 10, protect: ['keep-me'] };
const named = { olderThan: '5 minutes', protect: ['my-batch'] };
const chosen = {
  pid: 4711,
  backendStart: '2030-01-01 00:00:00+00',
  queryStart: '2030-01-01 00:01:00+00',
  role: 'web',
  application: 'app',
  runningSeconds: 1_000,
  workers: 0,
  temporaryBytes: 0,
  query: 'select ?',
};

describe('statements', () => {
  test.each([
    ['measureMemory', {}],
    ['countLongStatements', named],
    ['listLongStatements', named],
    ['findRoleSettingRight', { role: 'we"b' }],
  ])('%s', (name, input) => expectStatements('postgres', name, input));
  test('endLongStatements', () => expectStatements('postgres', 'endLongStatements', { ...rule, olderThan: '5 minutes' }, [chosen]));
  test('setRoleWorkMem', () => expectStatements('postgres', 'setRoleWorkMem', { role: 'we"b', workMem: '4MB' }, [{ role: 'we"b', workMem: null }]));
});

describe.each([15, 18] as const)('on PostgreSQL %i', (major) => {
  let world: World;
  let sessions: AppSessions;
  beforeAll(async () => {
    world = await startWorld({ major });
    sessions = new AppSessions(world);
    await world.admin.query(`create role app_web login password 'app_web'; create role app_other; create role app_root superuser;
      grant app_web to rb_ctl ${major === 18 ? 'with admin true' : ''}; grant usage, create on schema app to app_web`);
  });
  afterEach(() => sessions.close());
  afterAll(() => world.stop());
  const rest = () => new Promise((resolve) => setTimeout(resolve, 300));

  test('the measure tells settings, an estimate, and who has a work_mem of its own', async () => {
    const before = (await answerOf(world, 'measureMemory', {})) as Record<string, number>;
    expect(before).toMatchObject({
      sharedBuffersBytes: 16_777_216,
      workMemBytes: 4_194_304,
      hashMemMultiplier: 2,
      maxConnections: 100,
      ownWorkMem: [],
    });
    expect(before['estimateMostBytes']).toBe(16_777_216 + 100 * 4_194_304 * 2);
    await world.admin.query(`alter role app_web set work_mem = '64MB'`);
    await sessions.busy('app_web', 2, 'select pg_sleep(600)');
    const after = (await answerOf(world, 'measureMemory', {})) as Record<string, number>;
    expect(after).toMatchObject({ ownWorkMem: ['app_web: 64MB'] });
    expect((after['active'] ?? 0) - (before['active'] ?? 0)).toBe(2);
    await world.admin.query('alter role app_web reset work_mem');
  });

  test('a statement that sorts shows its temporary files', async () => {
    const [pid] = await sessions.busy(
      'app_web',
      1,
      `set work_mem = '64kB'; select count(*) from (select i, pg_sleep(case when i = 1 then 600 else 0 end) from (select i from generate_series(1, 200000) i order by i desc offset 0) s order by i desc) t`,
    );
    for (let look = 0; look < 50; look++) {
      const list = (await answerOf(world, 'listLongStatements', { olderThan: span })) as { pid: number; temporaryBytes: number }[];
      if ((list.find((one) => one.pid === pid)?.temporaryBytes ?? 0) > 0) return;
      await rest();
    }
    throw new Error('No temporary file was seen.');
  });

  test('who is protected is named, with the reason; literals do not leave', async () => {
    const sleep = `select pg_sleep(600), 'secret'`;
    await sessions.busy('app_web', 1, sleep);
    await sessions.busy('app_web', 1, sleep, { application: 'pg_dump' });
    await sessions.busy('app_web', 1, sleep, { application: 'keep-me' });
    await sessions.busy('app_web', 1, 'select pg_advisory_lock(1), pg_sleep(600)');
    await sessions.busy('postgres', 1, sleep);
    await world.admin.query(
      `create table if not exists app.wide (i int); create or replace function app.slow(i int) returns int immutable language sql as 'select $1 from pg_sleep(600)'; insert into app.wide values (1)`,
    );
    await sessions.busy('app_web', 1, 'select 1');
    await world.admin.query('alter table app.wide owner to app_web');
    await sessions.busy('app_web', 1, 'create index on app.wide (app.slow(i))');
    await rest();
    const found = (await answerOf(world, 'countLongStatements', { olderThan: span, protect: ['keep-me'] })) as { protectedWho: string[] };
    expect(found).toMatchObject({ matching: 1, protected: 5 });
    for (const why of [
      'pg_dump (protected program)',
      'keep-me (protected program)',
      '(holds an advisory lock)',
      '(superuser)',
      '(maintenance or COPY)',
    ])
      expect(found.protectedWho.some((who) => who.includes(why))).toBe(true);
    expect(JSON.stringify(await answerOf(world, 'listLongStatements', { olderThan: span }))).not.toContain('secret');
    expect(await answerOf(world, 'countLongStatements', { olderThan: '1 hour' })).toMatchObject({ matching: 0, protected: 0 });
  });

  test('endLongStatements cancels; the sessions live on', async () => {
    const pids = await sessions.busy('app_web', 2, 'select pg_sleep(600)');
    const [spared] = await sessions.busy('app_web', 1, 'select pg_sleep(600)', { application: 'keep-me' });
    await rest();
    await exerciseWrite(world, 'endLongStatements', rule, () => sessions.working([...pids, spared ?? 0]));
    expect(await sessions.working(pids)).toEqual([]);
    expect(await sessions.living(pids)).toHaveLength(2);
    expect(await sessions.working([spared ?? 0])).toHaveLength(1);
  });

  test('endLongStatements terminates the session of a statement that takes no cancel', async () => {
    const deaf = 'do $$ begin loop begin perform pg_sleep(600); exception when query_canceled then null; end; end loop; end $$';
    const pids = await sessions.busy('app_web', 1, deaf);
    await rest();
    expect(await effectOf(world, 'endLongStatements', rule).act()).toMatchObject({ how: 'done', verified: '0 of 1 still run' });
    expect(await sessions.living(pids)).toEqual([]);
  }, 30_000);

  test('endLongStatements spares the next statement of the same session, and its verification can say no', async () => {
    const [pid] = await sessions.busy('app_web', 1, 'select pg_sleep(600)');
    await rest();
    const { before } = await previewOf(world, 'endLongStatements', rule);
    const [row] = before.sample as { pid: number }[];
    expect(row?.pid).toBe(pid);
    expect(await verdictOf(world, 'endLongStatements', rule, before.sample)).toMatchObject({ holds: false, seen: '1 of 1 still run' });
    const other = [{ ...row, queryStart: '2020-01-01 00:00:00+00' }];
    expect(await verdictOf(world, 'endLongStatements', rule, other)).toMatchObject({ holds: true });
  });

  test('endLongStatements touches none when the rule matches more than the cap', async () => {
    const pids = await sessions.busy('app_web', 3, 'select pg_sleep(600)');
    await rest();
    await expect(effectOf(world, 'endLongStatements', { ...rule, cap: 2 }).act()).rejects.toMatchObject({ type: 'LimitExceeded' });
    expect(await sessions.working(pids)).toHaveLength(3);
  });

  test('setRoleWorkMem: act, undo, act, act again, and what others changed stays theirs', async () => {
    const workMem = async () =>
      (await world.admin.query<{ own: string | null }>(`select rolconfig::text as own from pg_roles where rolname = 'app_web'`)).rows[0]?.own;
    expect(await exerciseWrite(world, 'setRoleWorkMem', { role: 'app_web', workMem: '2MB' }, workMem)).toEqual({
      before: null,
      after: '{work_mem=2MB}',
    });
    expect(await verdictOf(world, 'setRoleWorkMem', { role: 'app_web', workMem: '3MB' })).toMatchObject({ holds: false, seen: 'work_mem 2MB' });
    expect(await verdictOf(world, 'setRoleWorkMem', { role: 'nobody', workMem: '3MB' })).toMatchObject({ holds: false, seen: 'no such role' });
    expect(await verdictOf(world, 'setRoleWorkMem', { role: 'nobody', workMem: null })).toMatchObject({ holds: false });
    const effect = effectOf(world, 'setRoleWorkMem', { role: 'app_web', workMem: '1MB' });
    await effect.act();
    await world.admin.query(`alter role app_web set work_mem = '77MB'`);
    await expect(effect.undo()).rejects.toMatchObject({ type: 'ChangedByOthers' });
    await world.admin.query('alter role app_web reset work_mem');
  });

  test('findRoleSettingRight says what the server would', async () => {
    const rights = async (role: string) => answerOf(world, 'findRoleSettingRight', { role });
    expect(await rights('app_web')).toEqual({ exists: true, allowed: true, login: 'rb_ctl' });
    expect(await rights('app_root')).toMatchObject({ allowed: false });
    expect(await rights('nobody')).toMatchObject({ exists: false, allowed: false });
    expect(await rights('app_other')).toMatchObject({ allowed: major === 15 });
    const other = effectOf(world, 'setRoleWorkMem', { role: 'app_other', workMem: '2MB' }).act();
    await (major === 15 ? expect(other).resolves.toMatchObject({ how: 'done' }) : expect(other).rejects.toMatchObject({ code: '42501' }));
  });
});

import { describeOperation } from '../../support/describe-operation';
import { answerOf, databaseBed, effectOf, previewOf, verdictOf } from '../../support/exercise-operation';
import { AppSessions } from '../../support/sessions';
import { startWorld, type World } from '../../support/world';

const span = '200 milliseconds';
const rule = { longerThan: span, maxPerRound: 5, maxStatements: 10, protect: ['keep-me'] };
describe.each([15, 18] as const)('on PostgreSQL %i', (major) => {
  let world: World;
  let sessions: AppSessions;
  beforeAll(async () => {
    world = await startWorld({ major });
    sessions = new AppSessions(world);
    await world.admin.query(`create role app_web login password 'app_web'; grant usage, create on schema app to app_web`);
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
    expect(before['estimateMaxBytes']).toBe(16_777_216 + 100 * 4_194_304 * 2);
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
      const list = (await answerOf(world, 'listLongStatements', { longerThan: span })) as { pid: number; temporaryBytes: number }[];
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
    const found = (await answerOf(world, 'countLongStatements', { longerThan: span, protect: ['keep-me'] })) as { protectedWho: string[] };
    expect(found).toMatchObject({ matching: 1, protected: 5 });
    for (const why of [
      'pg_dump (protected program)',
      'keep-me (protected program)',
      '(holds an advisory lock)',
      '(superuser)',
      '(maintenance or COPY)',
    ])
      expect(found.protectedWho.some((who) => who.includes(why))).toBe(true);
    expect(JSON.stringify(await answerOf(world, 'listLongStatements', { longerThan: span }))).not.toContain('secret');
    expect(await answerOf(world, 'countLongStatements', { longerThan: '1 hour' })).toMatchObject({ matching: 0, protected: 0 });
  });

  let pids: number[] = [];
  let spared: number[] = [];
  describeOperation('terminateLongStatements', {
    bed: () => databaseBed(world),
    prepare: async () => {
      pids = await sessions.busy('app_web', 2, 'select pg_sleep(600)');
      spared = await sessions.busy('app_web', 1, 'select pg_sleep(600)', { application: 'keep-me' });
      await rest();
    },
    input: rule,
    seen: async () => ({
      running: (await sessions.working(pids)).length,
      connected: (await sessions.living(pids)).length,
      spared: (await sessions.working(spared)).length,
    }),
    changes: { from: { running: 2, connected: 2, spared: 1 }, to: { running: 0, connected: 2, spared: 1 } },
    lacks: {
      take: () => world.admin.query('revoke pg_monitor from rb_signal'),
      giveBack: () => world.admin.query('grant pg_monitor to rb_signal'),
      says: /The login rb_signal does not see the state of other sessions\. Run: GRANT pg_monitor TO "rb_signal"\./,
    },
  });

  test('terminateLongStatements terminates the session of a statement that takes no cancel', async () => {
    const deaf = 'do $$ begin loop begin perform pg_sleep(600); exception when query_canceled then null; end; end loop; end $$';
    const pids = await sessions.busy('app_web', 1, deaf);
    await rest();
    expect(await effectOf(world, 'terminateLongStatements', rule).act()).toMatchObject({ how: 'done', verified: '0 of 1 still run' });
    expect(await sessions.living(pids)).toEqual([]);
  }, 30_000);

  test('terminateLongStatements spares the next statement of the same session, and its verification can say no', async () => {
    const [pid] = await sessions.busy('app_web', 1, 'select pg_sleep(600)');
    await rest();
    const { before } = await previewOf(world, 'terminateLongStatements', rule);
    const [row] = before.sample as { pid: number }[];
    expect(row?.pid).toBe(pid);
    expect(await verdictOf(world, 'terminateLongStatements', rule, before.sample)).toMatchObject({ holds: false, seen: '1 of 1 still run' });
    const other = [{ ...row, queryStart: '2020-01-01 00:00:00+00' }];
    expect(await verdictOf(world, 'terminateLongStatements', rule, other)).toMatchObject({ holds: true });
  });

  test('terminateLongStatements touches none when the rule matches more than the limit', async () => {
    const pids = await sessions.busy('app_web', 3, 'select pg_sleep(600)');
    await rest();
    await expect(effectOf(world, 'terminateLongStatements', { ...rule, maxStatements: 2 }).act()).rejects.toMatchObject({ type: 'LimitExceeded' });
    expect(await sessions.working(pids)).toHaveLength(3);
  });
});

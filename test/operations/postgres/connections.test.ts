import { answerOf, effectOf, expectStatements, exerciseWrite, previewOf, verdictOf } from '../../support/exercise-operation';
import { AppSessions } from '../../support/sessions';
import { startWorld, type World } from '../../support/world';

const span = '200 milliseconds';
const rule = { state: 'idle', olderThan: span, perRound: 5, cap: 10, protect: ['keep-me'] };

describe('statements', () => {
  test.each([
    ['measureConnections', {}],
    ['listConnectionUse', {}],
    ['listRoleUse', {}],
    ['countIdleSessions', { state: 'idle in transaction', olderThan: '5 minutes', protect: ['my-batch'] }],
  ])('%s', (name, input) => expectStatements('postgres', name, input));

  test('endIdleSessions', () =>
    expectStatements('postgres', 'endIdleSessions', { ...rule, olderThan: '15 minutes' }, [
      {
        pid: 4711,
        backendStart: '2030-01-01 00:00:00+00',
        role: 'web',
        application: 'app',
        client: 'local',
        state: 'idle',
        idleSeconds: 1_000,
        query: 'select ?',
      },
    ]));
  test('limitRoleConnections', () =>
    expectStatements('postgres', 'limitRoleConnections', { role: 'we"b', limit: 40 }, [{ role: 'we"b', limit: -1 }]));
});

describe.each([15, 18] as const)('on PostgreSQL %i', (major) => {
  let world: World;
  let sessions: AppSessions;
  beforeAll(async () => {
    world = await startWorld({ major });
    sessions = new AppSessions(world);
    await world.admin.query(`create role app_web login password 'app_web'; grant app_web to rb_ctl ${major === 18 ? 'with admin true' : ''}`);
  });
  afterEach(() => sessions.close());
  afterAll(() => world.stop());

  const rest = () => new Promise((resolve) => setTimeout(resolve, 300));

  test('the reads count what is there', async () => {
    await sessions.idle('app_web', 3);
    await sessions.idleInTransaction('app_web', 2);
    await rest();
    const slots = (await answerOf(world, 'measureConnections', {})) as Record<string, number>;
    expect(slots).toMatchObject({ usable: 97, maxConnections: 100, idleInTransaction: 2 });
    expect((slots['free'] ?? 0) + (slots['used'] ?? 0)).toBe(97);
    expect(await answerOf(world, 'listConnectionUse', {})).toContainEqual({
      role: 'app_web',
      application: 'app',
      database: 'shop',
      sessions: 5,
      idle: 3,
      idleInTransaction: 2,
    });
    expect(await answerOf(world, 'listRoleUse', {})).toContainEqual({ role: 'app_web', sessions: 5, limit: -1, superuser: false });
    expect(await answerOf(world, 'countIdleSessions', { state: 'idle', olderThan: span })).toMatchObject({ matching: 3 });
    expect(await answerOf(world, 'countIdleSessions', { state: 'idle', olderThan: '1 hour' })).toMatchObject({ matching: 0 });
  });

  test('who is protected is named, with the reason', async () => {
    await sessions.idle('app_web', 1, { application: 'pg_dump' });
    await sessions.idle('app_web', 1, { application: 'keep-me' });
    await sessions.idle('app_web', 1, { statement: 'select pg_advisory_lock(1)' });
    await sessions.idle('postgres', 1);
    await rest();
    const found = (await answerOf(world, 'countIdleSessions', { state: 'idle', olderThan: span, protect: ['keep-me'] })) as {
      protectedWho: string[];
    };
    expect(found).toMatchObject({ matching: 0 });
    for (const why of ['pg_dump (protected program)', 'keep-me (protected program)', 'app (holds an advisory lock)', 'app (superuser)'])
      expect(found.protectedWho.some((who) => who.includes(why))).toBe(true);
  });

  test('endIdleSessions ends the chosen ones once, the longest idle first', async () => {
    const first = await sessions.idle('app_web', 5);
    await rest();
    const later = await sessions.idle('app_web', 2);
    await rest();
    await exerciseWrite(world, 'endIdleSessions', rule, () => sessions.living([...first, ...later]));
    expect(await sessions.living(first)).toEqual([]);
    expect(await sessions.living(later)).toEqual([...later].sort((a, b) => a - b));
  });

  test('endIdleSessions spares a session that has worked since, and a backend that only has the same pid', async () => {
    const [pid] = await sessions.idle('app_web', 1);
    await rest();
    const { before } = await previewOf(world, 'endIdleSessions', rule);
    const [row] = before.sample as { pid: number; backendStart: string }[];
    expect(row?.pid).toBe(pid);
    const other = [{ ...row, backendStart: '2020-01-01 00:00:00+00' }];
    expect(await verdictOf(world, 'endIdleSessions', rule, other)).toMatchObject({ holds: true });
    expect(await verdictOf(world, 'endIdleSessions', rule, before.sample)).toMatchObject({ holds: false, seen: '1 of 1 still idle' });
  });

  test('endIdleSessions sees that a session whose transaction has failed is still there', async () => {
    const [pid] = await sessions.idleInTransaction('app_web', 1);
    await sessions.fail();
    await rest();
    const inTransaction = { ...rule, state: 'idle in transaction' };
    const { before } = await previewOf(world, 'endIdleSessions', inTransaction);
    expect(before.sample).toMatchObject([{ pid, state: 'idle in transaction (aborted)' }]);
    expect(await verdictOf(world, 'endIdleSessions', inTransaction, before.sample)).toMatchObject({ holds: false, seen: '1 of 1 still idle' });
    await effectOf(world, 'endIdleSessions', inTransaction).act();
    expect(await sessions.living([pid ?? 0])).toEqual([]);
  });

  test('endIdleSessions touches none when the rule matches more than the cap', async () => {
    const pids = await sessions.idle('app_web', 21);
    await rest();
    await expect(effectOf(world, 'endIdleSessions', { ...rule, perRound: 30, cap: 20 }).act()).rejects.toMatchObject({
      type: 'LimitExceeded',
      message: expect.stringContaining('matches 21 now; this run may touch 20 in all'),
    });
    expect(await sessions.living(pids)).toHaveLength(21);
  });

  test('limitRoleConnections: act, undo, act, act again', async () => {
    const limit = async () =>
      (await world.admin.query<{ limit: number }>(`select rolconnlimit as limit from pg_roles where rolname = 'app_web'`)).rows[0]?.limit;
    expect(await exerciseWrite(world, 'limitRoleConnections', { role: 'app_web', limit: 7 }, limit)).toEqual({ before: -1, after: 7 });
    expect(await verdictOf(world, 'limitRoleConnections', { role: 'app_web', limit: 8 })).toMatchObject({ holds: false, seen: 'connection limit 7' });
    expect(await verdictOf(world, 'limitRoleConnections', { role: 'nobody', limit: 8 })).toMatchObject({ holds: false, seen: 'no such role' });
    const effect = effectOf(world, 'limitRoleConnections', { role: 'app_web', limit: 9 });
    await effect.act();
    await world.admin.query('alter role app_web connection limit 77');
    await expect(effect.undo()).rejects.toMatchObject({ type: 'ChangedByOthers' });
    expect(await limit()).toBe(77);
  });
});

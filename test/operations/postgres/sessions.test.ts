import { describeOperation } from '../../support/describe-operation';
import { answerOf, databaseBed, effectOf, previewOf, verdictOf } from '../../support/exercise-operation';
import { AppSessions } from '../../support/sessions';
import { startWorld, type World } from '../../support/world';

const span = '200 milliseconds';
const rule = { state: 'idle', longerThan: span, maxPerRound: 5, maxSessions: 10, protect: ['keep-me'] };

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
    expect(await answerOf(world, 'countIdleSessions', { state: 'idle', longerThan: span })).toMatchObject({ matching: 3 });
    expect(await answerOf(world, 'countIdleSessions', { state: 'idle', longerThan: '1 hour' })).toMatchObject({ matching: 0 });
  });

  test('who is protected is named, with the reason', async () => {
    await sessions.idle('app_web', 1, { application: 'pg_dump' });
    await sessions.idle('app_web', 1, { application: 'keep-me' });
    await sessions.idle('app_web', 1, { statement: 'select pg_advisory_lock(1)' });
    await sessions.idle('postgres', 1);
    await rest();
    const found = (await answerOf(world, 'countIdleSessions', { state: 'idle', longerThan: span, protect: ['keep-me'] })) as {
      protectedWho: string[];
    };
    expect(found).toMatchObject({ matching: 0 });
    for (const why of ['pg_dump (protected program)', 'keep-me (protected program)', 'app (holds an advisory lock)', 'app (superuser)'])
      expect(found.protectedWho.some((who) => who.includes(why))).toBe(true);
  });

  let first: number[] = [];
  let later: number[] = [];
  describeOperation('terminateIdleSessions', {
    bed: () => databaseBed(world),
    prepare: async () => {
      first = await sessions.idle('app_web', 5);
      await rest();
      later = await sessions.idle('app_web', 2);
      await rest();
    },
    input: rule,
    seen: async () => ({ idleLongest: (await sessions.living(first)).length, idleLater: (await sessions.living(later)).length }),
    changes: { from: { idleLongest: 5, idleLater: 2 }, to: { idleLongest: 0, idleLater: 2 } },
    lacks: {
      take: () => world.admin.query('revoke pg_signal_backend from rb_signal'),
      giveBack: () => world.admin.query('grant pg_signal_backend to rb_signal'),
      says: /The login rb_signal may not terminate the sessions of other roles\. Run: GRANT pg_signal_backend TO "rb_signal"\./,
    },
  });

  test('a login that the server lacks is told before people are asked', async () => {
    await world.admin.query('alter role rb_signal rename to somebody');
    try {
      await expect(previewOf(world, 'terminateIdleSessions', rule)).rejects.toMatchObject({
        type: 'TargetNotReady',
        message: expect.stringMatching(/runs as the role rb_signal.*runbook target install shop --print/),
      });
    } finally {
      await world.admin.query('alter role somebody rename to rb_signal');
    }
  });

  test('terminateIdleSessions spares a session that has worked since, and a backend that only has the same pid', async () => {
    const [pid] = await sessions.idle('app_web', 1);
    await rest();
    const { before } = await previewOf(world, 'terminateIdleSessions', rule);
    const [row] = before.sample as { pid: number; backendStart: string }[];
    expect(row?.pid).toBe(pid);
    const other = [{ ...row, backendStart: '2020-01-01 00:00:00+00' }];
    expect(await verdictOf(world, 'terminateIdleSessions', rule, other)).toMatchObject({ holds: true });
    expect(await verdictOf(world, 'terminateIdleSessions', rule, before.sample)).toMatchObject({ holds: false, seen: '1 of 1 still idle' });
  });

  test('terminateIdleSessions sees that a session whose transaction has failed is still there', async () => {
    const [pid] = await sessions.idleInTransaction('app_web', 1);
    await sessions.fail();
    await rest();
    const inTransaction = { ...rule, state: 'idle in transaction' };
    const { before } = await previewOf(world, 'terminateIdleSessions', inTransaction);
    expect(before.sample).toMatchObject([{ pid, state: 'idle in transaction (aborted)' }]);
    expect(await verdictOf(world, 'terminateIdleSessions', inTransaction, before.sample)).toMatchObject({ holds: false, seen: '1 of 1 still idle' });
    await effectOf(world, 'terminateIdleSessions', inTransaction).act();
    expect(await sessions.living([pid ?? 0])).toEqual([]);
  });

  test('terminateIdleSessions touches none when the rule matches more than the limit', async () => {
    const pids = await sessions.idle('app_web', 21);
    await rest();
    await expect(effectOf(world, 'terminateIdleSessions', { ...rule, maxPerRound: 30, maxSessions: 20 }).act()).rejects.toMatchObject({
      type: 'LimitExceeded',
      message: expect.stringContaining('matches 21 now; this run may touch 20 in all'),
    });
    expect(await sessions.living(pids)).toHaveLength(21);
  });
});

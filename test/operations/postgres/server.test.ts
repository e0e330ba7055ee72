import { pollUntil } from '../../../scripts/parts/poll-until';
import type { Signs } from '../../../workflows/contracts/signs';
import { answerOf } from '../../support/exercise-operation';
import { AppSessions } from '../../support/sessions';
import { startWorld, type World } from '../../support/world';

interface Blocker {
  readonly pid: number;
  readonly blockedBy: readonly number[];
  readonly waiting: number;
  readonly waitsFor: string | null;
  readonly state: string;
  readonly query: string;
}

const rest = (ms = 300) => new Promise((resolve) => setTimeout(resolve, ms));

describe.each([15, 18] as const)('on PostgreSQL %i', (major) => {
  let world: World;
  let sessions: AppSessions;
  const measured = () => answerOf(world, 'measureSigns', {}) as Promise<Signs>;
  const blockers = () => answerOf(world, 'listBlockers', {}) as Promise<Blocker[]>;
  beforeAll(async () => {
    world = await startWorld({ major, settings: { max_prepared_transactions: 5, wal_level: 'logical' } });
    sessions = new AppSessions(world);
    await world.admin.query(
      `create role app_web login password 'app_web'; grant usage on schema app to app_web; grant select, update on app.shelf to app_web`,
    );
  });
  afterEach(() => sessions.close());
  afterAll(() => world.stop());

  test('the clock is the one of the server', async () => {
    const before = Date.now();
    const { at } = (await answerOf(world, 'readServerClock', {})) as { at: number };
    // Server and test share a machine; clocks may be read to the millisecond only.
    expect(at).toBeGreaterThanOrEqual(before - 1);
    expect(at).toBeLessThanOrEqual(Date.now() + 1);
  });

  test('a healthy database', async () => {
    const signs = await measured();
    expect(signs).toMatchObject({
      version: expect.stringMatching(new RegExp(`^${major}\\.`)),
      role: 'primary',
      readOnlyDefault: false,
      usableSlots: 97,
      waitingForLocks: 0,
      longestLockWaitSeconds: null,
      preparedTransactions: 0,
      oldestPreparedSeconds: null,
      streamingStandbys: 0,
      replayLagBytes: null,
      replayLagSeconds: null,
      receiving: null,
      inactiveSlots: [],
      lostSlots: [],
      worstSlot: null,
      worstSlotRetainedBytes: null,
      archiverFailing: false,
    });
    expect(signs.usedSlots + signs.freeSlots).toBe(97);
    expect(signs.databaseBytes).toBeGreaterThan(1_000_000);
    expect(signs.checkpointsTimed).not.toBeNull();
    expect(signs.checkpointsRequested).not.toBeNull();
    expect(signs.frozenPercentOfLimit).toBeLessThan(1);
    expect(await blockers()).toEqual([]);
  });

  test('blocked sessions, with the tree and without literals', async () => {
    const change = `begin; update app.shelf set amount = 4711 where name = 'apples'`;
    const [root = 0] = await sessions.idle('app_web', 1, { statement: change });
    const [first = 0] = await sessions.busy(
      'app_web',
      1,
      `begin; update app.shelf set amount = 1 where name = 'pears'; update app.shelf set amount = 2 where name = 'apples'`,
    );
    const [second = 0] = await sessions.busy('app_web', 1, `update app.shelf set amount = 3 where name = 'pears'`);
    await rest(1_100);
    expect(await measured()).toMatchObject({ waitingForLocks: 2, idleInTransaction: 1 });
    expect((await measured()).longestLockWaitSeconds).toBeGreaterThanOrEqual(1);
    const tree = await blockers();
    expect(tree.map(({ pid, blockedBy, waiting }) => ({ pid, blockedBy, waiting }))).toEqual([
      { pid: root, blockedBy: [], waiting: 2 },
      { pid: first, blockedBy: [root], waiting: 1 },
      { pid: second, blockedBy: [first], waiting: 0 },
    ]);
    expect(tree[0]).toMatchObject({ state: 'idle in transaction', query: expect.stringContaining(`name = '…'`), waitsFor: null });
    expect(tree[1]?.waitsFor).toBe('ShareLock on transactionid');
    expect(JSON.stringify(tree)).not.toMatch(/4711|apples/);
    const longest = (await answerOf(world, 'listLongestTransactions', {})) as {
      pid: number;
      state: string;
      query: string;
      waitsFor: string | null;
    }[];
    expect(longest.map(({ pid }) => pid)).toEqual(expect.arrayContaining([root, first, second]));
    expect(longest.find(({ pid }) => pid === first)).toMatchObject({ state: 'active', waitsFor: 'Lock: transactionid' });
    expect(JSON.stringify(longest)).not.toMatch(/4711|apples/);
  });

  test('a lock on a table is named by its table', async () => {
    await sessions.idle('postgres', 1, { statement: 'begin; lock table app.shelf in access exclusive mode' });
    await sessions.busy('app_web', 1, 'select from app.shelf');
    expect((await blockers())[1]).toMatchObject({ waitsFor: 'AccessShareLock on app.shelf', waiting: 0 });
    // A quick read that waited for the lock itself would see nothing of it.
    expect(await answerOf(world, 'listLargestTables', {})).toEqual(expect.arrayContaining([expect.objectContaining({ table: 'app.shelf' })]));
  });

  test('a long queue behind one lock fits, with the number of all', async () => {
    const [root] = await sessions.idle('postgres', 1, { statement: 'begin; lock table app.shelf in access exclusive mode' });
    const long = Array.from({ length: 20 }, (_, n) => `"${'語'.repeat(10)}${n}"`).map((name) => `name as ${name}`);
    await sessions.busy('app_web', 60, `select ${long.join(', ')} from app.shelf for update`, { application: 'a'.repeat(60) });
    const tree = await blockers();
    expect(tree).toHaveLength(30);
    expect(tree[0]).toMatchObject({ pid: root, waiting: 60 });
    expect(tree[1]?.query).toHaveLength(150);
    expect(await answerOf(world, 'listLongestTransactions', {})).toHaveLength(20);
  });

  test('long statements, and sessions idle in transaction', async () => {
    await sessions.idleInTransaction('app_web', 3);
    await sessions.busy('app_web', 1, 'select pg_sleep(30)');
    await rest(1_600);
    const signs = await measured();
    expect(signs).toMatchObject({ idleInTransaction: 3, active: 1 });
    for (const seconds of [signs.oldestIdleInTransactionSeconds, signs.longestTransactionSeconds, signs.longestQuerySeconds]) {
      expect(seconds).toBeGreaterThanOrEqual(1);
      expect(seconds).toBeLessThan(60);
    }
  });

  test('a prepared transaction that blocks, which has no session', async () => {
    await world.admin.query(`begin; update app.shelf set amount = 5 where name = 'plums'; prepare transaction 'lost'`);
    await sessions.busy('app_web', 1, `update app.shelf set amount = 6 where name = 'plums'`);
    await rest(1_100);
    const signs = await measured();
    const tree = await blockers();
    await world.admin.query(`rollback prepared 'lost'`);
    expect(signs).toMatchObject({ preparedTransactions: 1, waitingForLocks: 1 });
    expect(signs.oldestPreparedSeconds).toBeGreaterThanOrEqual(1);
    expect(tree[0]).toMatchObject({ pid: 0, state: 'prepared transaction', waiting: 1, blockedBy: [] });
    expect(tree[1]).toMatchObject({ blockedBy: [0] });
  });

  test('an inactive slot, with what it holds back', async () => {
    await world.admin.query(`select pg_create_physical_replication_slot('gone', true)`);
    await world.admin.query(`insert into app.shelf select 'w' || g, g from generate_series(1, 5000) g; delete from app.shelf where name like 'w%'`);
    const signs = await measured();
    await world.admin.query(`select pg_drop_replication_slot('gone')`);
    expect(signs).toMatchObject({ inactiveSlots: ['gone'], worstSlot: 'gone' });
    expect(signs.worstSlotRetainedBytes).toBeGreaterThan(100_000);
    expect(await measured()).toMatchObject({ inactiveSlots: [], worstSlot: null });
  });

  test('a read-only default, of the database and of the server', async () => {
    await world.admin.query('alter database shop set default_transaction_read_only = on');
    expect(await measured()).toMatchObject({ readOnlyDefault: true });
    await world.admin.query('alter database shop reset default_transaction_read_only');
    expect(await measured()).toMatchObject({ readOnlyDefault: false });
    await world.admin.query('alter system set default_transaction_read_only = on');
    await world.admin.query('select pg_reload_conf()');
    expect(await pollUntil(async () => (await measured()).readOnlyDefault, 5_000)).toBe(true);
    await world.admin.query('set default_transaction_read_only = off');
    await world.admin.query('alter system reset default_transaction_read_only');
    await world.admin.query('select pg_reload_conf()');
    expect(await pollUntil(async () => !(await measured()).readOnlyDefault, 5_000)).toBe(true);
  });

  test('what is left over: an invalid index and a setting that waits for a restart', async () => {
    const indexes = () => answerOf(world, 'findInvalidIndexes', {});
    const settings = () => answerOf(world, 'findPendingSettings', {}) as Promise<{ pendingRestart: string[] }>;
    expect([await indexes(), await settings()]).toEqual([{ invalidIndexes: [], invalidIndexCount: 0 }, { pendingRestart: [] }]);
    await world.admin.query(`insert into app.shelf values ('twin', -7), ('other', -7)`);
    await expect(world.admin.query('create unique index concurrently broken on app.shelf (amount) where amount = -7')).rejects.toThrow(
      /could not create/,
    );
    await world.admin.query('alter system set max_connections = 120');
    await world.admin.query('select pg_reload_conf()');
    expect(await pollUntil(async () => (await settings()).pendingRestart.length === 1, 5_000)).toBe(true);
    expect(await indexes()).toEqual({ invalidIndexes: ['app.broken'], invalidIndexCount: 1 });
    expect(await settings()).toEqual({ pendingRestart: ['max_connections'] });
    await world.admin.query('drop index app.broken');
    await world.admin.query('alter system reset max_connections');
    await world.admin.query('select pg_reload_conf()');
  });
});

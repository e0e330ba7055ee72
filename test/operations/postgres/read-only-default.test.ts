import { Client } from 'pg';
import { answerOf, effectOf, expectStatements, exerciseWrite, verdictOf } from '../../support/exercise-operation';
import { startWorld, type World } from '../../support/world';

describe('statements', () => {
  test.each(['findReadOnlyDefault', 'findDatabaseRight'])('%s', (name) => expectStatements('postgres', name, {}));
  test('setReadOnlyDefault', () => expectStatements('postgres', 'setReadOnlyDefault', { value: 'on' }, [{ database: 'sh"op', value: null }]));
});

describe.each([15, 18] as const)('on PostgreSQL %i', (major) => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld({ major });
    await world.admin.query('create role app_owner; create role app_batch; alter database shop owner to rb_own');
  });
  afterAll(() => world.stop());
  beforeEach(async () => {
    await world.admin.query(
      `alter database shop reset default_transaction_read_only; alter role app_batch reset all; delete from runbooks.ledger where key <> 'fence'`,
    );
    await world.sessions.close();
  });

  const setting = async () =>
    (
      await world.admin.query<{ config: string | null }>(
        `select setconfig::text as config from pg_db_role_setting s join pg_database d on d.oid = s.setdatabase where datname = 'shop' and setrole = 0`,
      )
    ).rows[0]?.config ?? null;
  const look = () => answerOf(world, 'findReadOnlyDefault', {});
  const connected = async <T>(use: (client: Client) => Promise<T>): Promise<T> => {
    const client = new Client({ connectionString: world.postgres.url('shop') });
    await client.connect();
    return use(client).finally(() => client.end());
  };

  test('setReadOnlyDefault: act, undo, act, act again', async () => {
    const seen = await exerciseWrite(world, 'setReadOnlyDefault', { value: 'on' }, setting);
    expect(seen).toEqual({ before: null, after: '{default_transaction_read_only=on}' });
  });

  test('new sessions are read-only, older ones are counted, and our own sessions write the ledger', async () => {
    await connected(async (older) => {
      await older.query(`begin; update app.shelf set amount = amount where name = 'apples'`);
      await effectOf(world, 'setReadOnlyDefault', { value: 'on' }).act();
      await connected(async (younger) => {
        await expect(younger.query(`update app.shelf set amount = 5`)).rejects.toMatchObject({ code: '25006' });
        // The session of this test's own admin is older too.
        expect(await look()).toMatchObject({ readOnly: true, recorded: true, recordedValue: null, sessions: 3, olderSessions: 2, olderWriting: 1 });
      });
      await older.query('rollback');
    });
    await world.sessions.close();
    // Fresh sessions begin under the default now.
    const shown = await effectOf(world, 'setReadOnlyDefault', { value: null }).act();
    expect(shown).toMatchObject({ how: 'done' });
    expect(await setting()).toBeNull();
  });

  test('what was before comes back, whatever it was, and only what a run did last counts as recorded', async () => {
    expect(await look()).toMatchObject({ readOnly: false, recorded: false, recordedAt: null, olderSessions: 0 });
    await world.admin.query('alter database shop set default_transaction_read_only = false');
    const effect = effectOf(world, 'setReadOnlyDefault', { value: 'on' });
    await effect.act();
    expect(await look()).toMatchObject({ readOnly: true, recorded: true, recordedValue: expect.stringMatching(/^(false|off)$/) });
    await effect.undo();
    expect(await setting()).toMatch(/=(false|off)/);
    expect(await look()).toMatchObject({ readOnly: false, recorded: false });
    await effectOf(world, 'setReadOnlyDefault', { value: 'on' }).act();
    await effectOf(world, 'setReadOnlyDefault', { value: null }).act();
    await world.admin.query('alter database shop set default_transaction_read_only = on');
    expect(await look()).toMatchObject({ readOnly: true, recorded: false, recordedValue: null });
  });

  test('roles with a setting of their own are named; other settings of the database stay', async () => {
    await world.admin.query(
      `alter role app_batch set default_transaction_read_only = off; alter role app_batch in database shop set work_mem = '1MB'; alter database shop set work_mem = '5MB'`,
    );
    await effectOf(world, 'setReadOnlyDefault', { value: 'on' }).act();
    expect(await look()).toMatchObject({ exceptions: ['app_batch: off'] });
    expect(await setting()).toBe('{work_mem=5MB,default_transaction_read_only=on}');
    await world.admin.query('alter database shop reset work_mem');
  });

  test('the verification says no, and an undo leaves what others have set', async () => {
    expect(await verdictOf(world, 'setReadOnlyDefault', { value: 'on' })).toMatchObject({ holds: false, seen: 'no setting of the database' });
    const effect = effectOf(world, 'setReadOnlyDefault', { value: 'on' });
    await effect.act();
    expect(await verdictOf(world, 'setReadOnlyDefault', { value: null })).toMatchObject({ holds: false, seen: 'default_transaction_read_only on' });
    await world.admin.query(`alter database shop set default_transaction_read_only = 'off'`);
    await expect(effect.undo()).rejects.toMatchObject({ type: 'ChangedByOthers' });
  });

  test('who does not own the database is told before', async () => {
    expect(await answerOf(world, 'findDatabaseRight', {})).toEqual({ login: 'rb_own', owner: 'rb_own', allowed: true });
    await world.admin.query('alter database shop owner to app_owner');
    try {
      expect(await answerOf(world, 'findDatabaseRight', {})).toEqual({ login: 'rb_own', owner: 'app_owner', allowed: false });
      await expect(effectOf(world, 'setReadOnlyDefault', { value: 'on' }).act()).rejects.toMatchObject({ code: '42501' });
      await world.admin.query('grant app_owner to rb_own');
      expect(await answerOf(world, 'findDatabaseRight', {})).toMatchObject({ allowed: true });
    } finally {
      await world.admin.query('alter database shop owner to rb_own');
    }
  });
});

import { Client } from 'pg';
import { describeOperation } from '../../support/describe-operation';
import { answerOf, databaseBed, effectOf, verdictOf } from '../../support/exercise-operation';
import { startWorld, type World } from '../../support/world';

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

  describeOperation('setReadOnlyDefault', {
    bed: () => databaseBed(world),
    input: { value: 'on' },
    seen: setting,
    changes: { from: null, to: '{default_transaction_read_only=on}' },
    spoil: () => world.admin.query(`alter database shop set default_transaction_read_only = 'off'`),
    lacks: {
      take: () => world.admin.query('alter database shop owner to app_owner'),
      giveBack: () => world.admin.query('alter database shop owner to rb_own'),
      says: /^Only the owner of shop may change its settings\. Run: GRANT app_owner TO rb_own; or as app_owner: ALTER DATABASE shop SET default_transaction_read_only = on;$/,
    },
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

  test('the verification says what is there', async () => {
    expect(await verdictOf(world, 'setReadOnlyDefault', { value: 'on' })).toMatchObject({ holds: false, seen: 'no setting of the database' });
    await effectOf(world, 'setReadOnlyDefault', { value: 'on' }).act();
    expect(await verdictOf(world, 'setReadOnlyDefault', { value: null })).toMatchObject({ holds: false, seen: 'default_transaction_read_only on' });
  });

  test('a member of the owner may, somebody else is refused by the server too', async () => {
    await world.admin.query('alter database shop owner to app_owner');
    try {
      await expect(effectOf(world, 'setReadOnlyDefault', { value: 'on' }).act()).rejects.toMatchObject({ code: '42501' });
      await world.admin.query('grant app_owner to rb_own');
      expect(await databaseBed(world).previewOf('setReadOnlyDefault', { value: 'on' })).toMatchObject({ before: { count: 1 } });
      expect(await effectOf(world, 'setReadOnlyDefault', { value: 'on' }).act()).toMatchObject({ how: 'done' });
    } finally {
      await world.admin.query('revoke app_owner from rb_own; alter database shop owner to rb_own');
    }
  });
});

import { Client } from 'pg';
import { describeOperation } from '../../support/describe-operation';
import { answerOf, databaseBed, effectOf, previewOf, verdictOf } from '../../support/exercise-operation';
import { startWorld, type World } from '../../support/world';

interface Prepared {
  readonly gid: string;
  readonly transaction: string;
  readonly preparedAt: string;
  readonly timeline: string;
}
describe.each([15, 18] as const)('on PostgreSQL %i', (major) => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld({ major, settings: { max_prepared_transactions: 5 } });
    await world.admin.query(
      `create role app_tx login password 'app_tx'; grant usage on schema app to app_tx; grant update, select on app.shelf to app_tx`,
    );
  });
  afterAll(() => world.stop());
  afterEach(async () => {
    const { rows } = await world.admin.query<{ gid: string }>('select gid from pg_prepared_xacts where database = current_database()');
    for (const { gid } of rows) await world.admin.query(`rollback prepared ${world.admin.escapeLiteral(gid)}`);
    await world.admin.query(`update app.shelf set amount = 1 where name = 'apples'`);
  });

  const as = async (role: 'rb_own' | 'app_tx', statement: string): Promise<void> => {
    await world.admin.query(`set role ${role}`);
    await world.admin.query(statement).finally(() => world.admin.query('reset role'));
  };
  const prepare = async (gid: string, amount = 42, role: 'rb_own' | 'app_tx' = 'rb_own'): Promise<Prepared> => {
    await as(role, `begin; update app.shelf set amount = ${amount} where name = 'apples'; prepare transaction '${gid}'`);
    return (await answerOf(world, 'findPreparedTransaction', { gid })) as Prepared;
  };
  const apples = async () => (await world.admin.query<{ amount: number }>(`select amount from app.shelf where name = 'apples'`)).rows[0]?.amount;
  const tokenOf = ({ gid, transaction, preparedAt, timeline }: Prepared) => ({ gid, transaction, preparedAt, timeline });

  test('a transaction whose owner was dropped is listed all the same', async () => {
    await world.admin.query(`create role passing; grant usage on schema app to passing; grant select on app.shelf to passing`);
    await world.admin
      .query(`set role passing; begin; select from app.shelf; prepare transaction 'orphan'`)
      .finally(() => world.admin.query('reset role'));
    await world.admin.query('drop owned by passing; drop role passing');
    expect(await answerOf(world, 'listPreparedTransactions', {})).toMatchObject([{ gid: 'orphan', owner: expect.stringContaining('dropped') }]);
    const orphan = tokenOf((await answerOf(world, 'findPreparedTransaction', { gid: 'orphan' })) as Prepared);
    await expect(previewOf(world, 'commitPreparedTransaction', orphan)).rejects.toMatchObject({ type: 'PreconditionUnmet' });
  });

  test('the reads tell age, owner, locks, and who waits', async () => {
    const found = await prepare('one');
    expect(found).toMatchObject({ gid: 'one', owner: 'rb_own', database: 'shop', here: true, locks: expect.any(Number) });
    expect((found as unknown as { relations: string[] }).relations).toContain('RowExclusiveLock on app.shelf');
    const waiter = new Client({ connectionString: world.postgres.url('shop') });
    await waiter.connect();
    const waiting = waiter.query(`update app.shelf set amount = 7 where name = 'apples'`);
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(await answerOf(world, 'measurePreparedTransactions', {})).toMatchObject({ max: 5, here: 1, elsewhere: 0, waiting: 1 });
    expect(await answerOf(world, 'listPreparedTransactions', {})).toHaveLength(1);
    await world.admin.query(`rollback prepared 'one'`);
    await waiting;
    await waiter.end();
    expect(await answerOf(world, 'findPreparedTransaction', { gid: 'one' })).toBeNull();
    expect(await answerOf(world, 'measurePreparedTransactions', {})).toMatchObject({ here: 0, waiting: 0, oldestSeconds: 0 });
  });

  test('the 64-bit id is the one that the server gave', async () => {
    await world.admin.query('begin');
    const { rows } = await world.admin.query<{ id: string }>(
      `update app.shelf set amount = 2 where name = 'pears' returning pg_current_xact_id()::text as id`,
    );
    await world.admin.query(`prepare transaction 'wide'`);
    const nextIsOld = (await answerOf(world, 'findPreparedTransaction', { gid: 'wide' })) as Prepared;
    for (let burnt = 0; burnt < 5; burnt++) await world.admin.query('select pg_current_xact_id()');
    const nextIsNew = (await answerOf(world, 'findPreparedTransaction', { gid: 'wide' })) as Prepared;
    expect([nextIsOld.transaction, nextIsNew.transaction]).toEqual([rows[0]?.id, rows[0]?.id]);
  });

  const seen = async () => ({ apples: await apples(), prepared: await answerOf(world, 'findPreparedTransaction', { gid: 'one' }) });
  const described = { bed: () => databaseBed(world), input: async () => tokenOf(await prepare('one')), seen };
  describeOperation('commitPreparedTransaction', described);
  describeOperation('rollBackPreparedTransaction', described);

  test.each([
    ['commitPreparedTransaction', 'commit prepared', 42, 'rollback prepared', 'aborted'],
    ['rollBackPreparedTransaction', 'rollback prepared', 1, 'commit prepared', 'committed'],
  ])('%s: once; resolved by others the same way it is success, the other way it is said', async (name, same, amount, opposite, outcome) => {
    const effect = effectOf(world, name, tokenOf(await prepare('one')));
    expect(await effect.act()).toMatchObject({ how: 'done', evidence: { login: 'rb_own' } });
    expect(await apples()).toBe(amount);
    expect((await effect.act()).how).toBe('found');

    const agreed = tokenOf(await prepare('two'));
    await world.admin.query(`${same} 'two'`);
    const answer = await effectOf(world, name, agreed).act();
    expect(answer).toMatchObject({ how: 'done', notices: [expect.stringContaining('42704')] });

    const torn = tokenOf(await prepare('three'));
    await world.admin.query(`${opposite} 'three'`);
    await expect(effectOf(world, name, torn).act()).rejects.toMatchObject({
      type: 'VerificationFailed',
      message: expect.stringContaining(`${outcome}: somebody else has resolved it the other way`),
    });
  });

  test('killed between the effect and its mark, the next attempt finds it done', async () => {
    const input = tokenOf(await prepare('one'));
    const effect = effectOf(world, 'commitPreparedTransaction', input);
    // What a worker leaves that died between: a claim with its before, and the statement has run.
    await effect.act();
    await world.admin.query(
      `update runbooks.ledger set state = 'claimed', result = null where operation = 'commitPreparedTransaction' and input->>'transaction' = '${input.transaction}'`,
    );
    expect(await effect.act()).toMatchObject({ how: 'done', verified: 'it committed' });
    expect(await apples()).toBe(42);
  });

  test('a name that was given again is left alone', async () => {
    const first = tokenOf(await prepare('again'));
    await world.admin.query(`rollback prepared 'again'`);
    await prepare('again', 43);
    for (const name of ['commitPreparedTransaction', 'rollBackPreparedTransaction'])
      await expect(effectOf(world, name, first).act()).rejects.toThrow(/given to another one/);
    expect(await answerOf(world, 'findPreparedTransaction', { gid: 'again' })).not.toBeNull();
  });

  test('the verification says no while it is prepared, and unknown after a promotion or for an id that was not given yet', async () => {
    const found = tokenOf(await prepare('one'));
    for (const name of ['commitPreparedTransaction', 'rollBackPreparedTransaction'])
      expect(await verdictOf(world, name, found)).toMatchObject({ holds: false, seen: 'it is still prepared' });
    expect(await answerOf(world, 'findResolution', found)).toEqual({ prepared: true, outcome: 'in progress' });
    await world.admin.query(`commit prepared 'one'`);
    expect(await answerOf(world, 'findResolution', found)).toEqual({ prepared: false, outcome: 'committed' });
    for (const unknown of [
      { ...found, timeline: '000000FF' },
      { ...found, transaction: '999999999999' },
    ]) {
      expect(await answerOf(world, 'findResolution', unknown)).toEqual({ prepared: false, outcome: 'unknown' });
      expect(await verdictOf(world, 'commitPreparedTransaction', unknown)).toMatchObject({
        holds: false,
        seen: expect.stringContaining('cannot know'),
      });
    }
  });

  test('only the owner may: another login is told before, and refused by the server', async () => {
    const found = tokenOf(await prepare('theirs', 42, 'app_tx'));
    await world.admin.query('grant app_tx to rb_own');
    await expect(previewOf(world, 'commitPreparedTransaction', found)).rejects.toMatchObject({
      type: 'PreconditionUnmet',
      message: `Only its owner app_tx or a superuser may resolve it; a member of the role may not. Make app_tx the login "own" of the target, or connect to shop as app_tx and run: COMMIT PREPARED 'theirs';`,
    });
    await expect(effectOf(world, 'commitPreparedTransaction', found).act()).rejects.toMatchObject({
      type: 'VerificationFailed',
      message: expect.stringContaining('still prepared'),
    });
    expect(await answerOf(world, 'findPreparedTransaction', { gid: 'theirs' })).not.toBeNull();
    await world.admin.query('alter role rb_own superuser');
    try {
      expect(await previewOf(world, 'commitPreparedTransaction', found)).toMatchObject({ before: { count: 1 } });
    } finally {
      await world.admin.query('alter role rb_own nosuperuser; revoke app_tx from rb_own');
    }
  });

  test('the plan shows what it holds and that nothing brings it back', async () => {
    const found = tokenOf(await prepare('one'));
    expect(await previewOf(world, 'rollBackPreparedTransaction', found)).toMatchObject({
      before: { count: 1, sample: [{ gid: 'one', owner: 'rb_own', relations: expect.arrayContaining(['RowExclusiveLock on app.shelf']) }] },
      irreversible: true,
      undo: { none: expect.stringContaining('lost') },
    });
  });
});

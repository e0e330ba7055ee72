import { describeOperation } from '../../support/describe-operation';
import { databaseBed, effectOf } from '../../support/exercise-operation';
import { startWorld, type World } from '../../support/world';

describe.each([15, 18] as const)('on PostgreSQL %i', (major) => {
  let world: World;
  let start = '';
  beforeAll(async () => {
    world = await startWorld({ major });
    await world.admin.query('create extension pg_walinspect');
    start = (await world.admin.query<{ lsn: string }>('select pg_current_wal_insert_lsn()::text as lsn')).rows[0]?.lsn ?? '';
  });
  afterAll(() => world.stop());

  const restorePoints = async () => {
    await world.admin.query('select pg_switch_wal()');
    const { rows } = await world.admin.query<{ name: string }>(
      `select description as name from pg_get_wal_records_info($1, pg_current_wal_flush_lsn()) where record_type = 'RESTORE_POINT'`,
      [start],
    );
    return rows.map(({ name }) => name);
  };

  describeOperation('createRestorePoint', {
    bed: () => databaseBed(world),
    prepare: async () => {
      start = (await world.admin.query<{ lsn: string }>('select pg_current_wal_insert_lsn()::text as lsn')).rows[0]?.lsn ?? '';
    },
    input: { name: 'before-the-change' },
    seen: restorePoints,
    changes: { from: [], to: ['before-the-change'] },
    lacks: {
      take: () => world.admin.query('revoke execute on function pg_create_restore_point(text) from rb_ctl'),
      giveBack: () => world.admin.query('grant execute on function pg_create_restore_point(text) to rb_ctl'),
      says: /The login rb_ctl may not create restore points\. Run: GRANT EXECUTE/,
    },
  });

  test('the record says who set it', async () => {
    expect(await effectOf(world, 'createRestorePoint', { name: 'exercise' }).act()).toMatchObject({ how: 'done', evidence: { login: 'rb_ctl' } });
  });
});

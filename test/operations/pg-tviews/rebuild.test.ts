import { describeOperation } from '../../support/describe-operation';
import { answerOf, databaseBed, effectOf, verdictOf } from '../../support/exercise-operation';
import { layBed } from '../../support/pg-tviews/beds';
import { startWorld, type World } from '../../support/world';

let world: World;
let on: object;
beforeAll(async () => (world = await startWorld()));
afterAll(() => world.stop());
beforeEach(async () => {
  await layBed(world.admin, 'immediate');
  on = (await answerOf(world, 'probeTviews', {})) as object;
});

describeOperation('rebuildTviews', {
  bed: () => databaseBed(world),
  prepare: () => world.admin.query('drop table tv_order'),
  input: () => ({ on, entity: 'order', schema: 'public', readers: [] }),
  seen: async () => (await world.admin.query<{ there: boolean }>(`select to_regclass('public.tv_order') is not null as there`)).rows[0]?.there,
  changes: { from: false, to: true },
  lacks: {
    take: () => world.admin.query('alter table tb_order owner to postgres; revoke insert on pg_tview_meta from rb_own'),
    giveBack: () => world.admin.query('alter table tb_order owner to rb_own; grant insert on pg_tview_meta to rb_own'),
    says: /^The login rb_own does not own public\.tb_order\. Run: GRANT postgres TO rb_own\. The login rb_own lacks INSERT on public\.pg_tview_meta\./,
  },
});

test('a reader that is no role is told before people are asked', async () => {
  await world.admin.query('drop table tv_order');
  await expect(databaseBed(world).previewOf('rebuildTviews', { on, entity: 'order', schema: 'public', readers: ['nobody'] })).rejects.toMatchObject({
    type: 'PreconditionUnmet',
    message: 'There is no role nobody: correct "readers".',
  });
});

test('findTviewDamage names what is gone, and what is rebuilt with it', async () => {
  const damage = (entity: string) => answerOf(world, 'findTviewDamage', { on, entity });
  expect(await damage('order')).toMatchObject({ entity: 'order', damage: null });
  await world.admin.query('drop table tv_order');
  expect(await damage('tv_order')).toMatchObject({ entity: 'order', damage: 'its table is gone', rebuilds: ['order', 'item'] });
  await expect(damage('nope')).rejects.toMatchObject({ name: 'PreconditionUnmet', message: expect.stringContaining('It knows:') });
});

test('the verification says no where a table, a view, a trigger or the definition is not as wanted', async () => {
  const { rows } = await world.admin.query<{ entity: string; definition: string }>(
    `select entity, definition from pg_tview_meta where entity = 'order'`,
  );
  const verdict = () => verdictOf(world, 'rebuildTviews', { on, entity: 'order', schema: 'public', readers: [] }, rows);
  expect(await verdict()).toMatchObject({ holds: true, seen: 'order with table, view and trigger' });
  for (const harm of [
    'drop table tv_order',
    'drop view v_order cascade',
    'drop trigger trg_tview_order_on_tb_order on tb_order',
    `update pg_tview_meta set definition = 'select 1' where entity = 'order'`,
  ]) {
    await world.admin.query(`begin; ${harm}`);
    expect(await verdict()).toMatchObject({ holds: false, seen: 'none with table, view and trigger' });
    await world.admin.query('rollback');
  }
  expect(await verdictOf(world, 'rebuildTviews', { on, entity: 'order', schema: 'public', readers: [] }, [])).toMatchObject({ holds: false });
});

test('what was built is compared by columns that are learnt on the server; what is missing is no equality', async () => {
  const compared = () => answerOf(world, 'compareBuiltTviews', { on, entities: ['order', 'nope'] });
  expect(await compared()).toEqual([
    { entity: 'nope', differing: null },
    { entity: 'order', differing: 0 },
  ]);
  await world.admin.query(`update tv_order set data = '{}' where pk_order = 1`);
  expect(await compared()).toContainEqual({ entity: 'order', differing: 2 });
  await world.admin.query('drop table tv_order');
  expect(await compared()).toContainEqual({ entity: 'order', differing: null });
});

test('a rebuild happens once', async () => {
  await world.admin.query('drop table tv_order');
  const effect = effectOf(world, 'rebuildTviews', { on, entity: 'order', schema: 'public', readers: [] });
  expect((await effect.act()).how).toBe('done');
  expect((await effect.act()).how).toBe('found');
});

test('grants on the whole and on single columns are kept', async () => {
  await world.admin.query(
    `create role web; grant select on v_order to web; grant select (pk_order, fk_customer) on tv_order to web with grant option`,
  );
  await world.admin.query('alter table tv_order drop column data');
  await effectOf(world, 'rebuildTviews', { on, entity: 'order', schema: 'public', readers: [] }).act();
  const { rows } = await world.admin.query(`
    select has_table_privilege('web', 'v_order', 'select') as view, has_column_privilege('web', 'tv_order', 'fk_customer', 'select with grant option') as "column",
           has_column_privilege('web', 'tv_order', 'data', 'select') as other`);
  expect(rows).toEqual([{ view: true, column: true, other: false }]);
});

import { answerOf, effectOf, expectStatements, verdictOf } from '../../support/exercise-operation';
import { layBed } from '../../support/pg-tviews/beds';
import { IMMEDIATE } from '../../support/pg-tviews/examples';
import { startWorld, type World } from '../../support/world';

const FOUND = [
  {
    entity: 'order',
    definition: 'select pk_order from public.tb_order',
    indexes: ['CREATE INDEX by_customer ON public.tv_order USING btree (fk_customer)'],
    grants: ['grant SELECT on public.tv_order to web'],
  },
];

let world: World;
let on: object;
beforeAll(async () => (world = await startWorld()));
afterAll(() => world.stop());
beforeEach(async () => {
  await layBed(world.admin, 'immediate');
  on = (await answerOf(world, 'probeTviews', {})) as object;
});

test('the statements are the recorded ones', () => {
  expectStatements('pg-tviews', 'findTviewDamage', { on: IMMEDIATE, entity: 'order' });
  expectStatements('pg-tviews', 'rebuildTviews', { on: IMMEDIATE, entity: 'order', schema: 'public', readers: ['app_web'] }, FOUND);
  expectStatements('pg-tviews', 'compareBuiltTviews', { on: IMMEDIATE, entities: ['order'] });
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

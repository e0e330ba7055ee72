import { rebuildTview } from '../../../workflows/runbooks/pg-tviews/rebuild-tview';
import { REPLACED } from '../../../activities/pg-tviews/trigger-handler';
import { describeRunbook, type Given } from '../../support/describe-runbook';
import { layBed } from '../../support/pg-tviews/beds';
import { differingRows } from '../../support/pg-tviews/differing-rows';
import type { World } from '../../support/world';

const ENTITIES = ['customer', 'order', 'item'];

async function whole(world: World): Promise<void> {
  await world.admin.query(`update tb_customer set name = name || '!' where pk_customer = 1; insert into tb_order values (500, 1, 1)`);
  for (const entity of ENTITIES) expect(await differingRows(world, entity)).toBe(0);
}

const more = ({ world, start }: Given): void => {
  const rebuilt = async (entity: string): Promise<string> => {
    const run = await start({ entity });
    await run.approve();
    return (await run.result()).summary;
  };

  test('it asks first, and the plan shows what is dropped and built, in which order, from which definition', async () => {
    const run = await start();
    await run.until((now) => now.gate !== null, 'the gate');
    const write = (await run.report()).plan?.steps.find(({ verb }) => verb === 'apply')?.write;
    expect(write?.statements.map((text) => /(pg_tviews_\w+)"\('(\w+)'/.exec(text)?.slice(1).join(' ')).filter(Boolean)).toEqual([
      'pg_tviews_drop item',
      'pg_tviews_drop order',
      'pg_tviews_create order',
      'pg_tviews_create item',
    ]);
    await run.send('reject', { by: 'olga', reason: 'not now' });
    await run.failure();
  });

  test('a view that was dropped with those that nest on it comes back with them', async () => {
    await layBed(world().admin, 'immediate');
    await world().admin.query('drop view v_order cascade');
    expect(await rebuilt('tv_order')).toBe('order on shop was rebuilt (its view is gone), in all 2: order, item.');
    await whole(world());
  });

  test('a table that lacks a column is rebuilt', async () => {
    await layBed(world().admin, 'immediate');
    await world().admin.query('alter table tv_item drop column data');
    expect(await rebuilt('item')).toBe('item on shop was rebuilt (its table lacks columns of its view), in all 1: item.');
    await whole(world());
  });

  test('indexes and grants of what is dropped on the way are kept', async () => {
    await world().admin.query(
      'create index by_order on tv_item (fk_order) include (pk_item); grant select, update on tv_item to rb_ctl with grant option; grant select on v_item to public',
    );
    const kept = `select (select indexdef from pg_indexes where indexname = 'by_order') as index, has_table_privilege('rb_ctl', 'tv_item', 'update with grant option') as update,
      has_table_privilege('rb_read', 'tv_item', 'select') as read, has_table_privilege('app_nobody', 'v_item', 'select') as public`;
    await world().admin.query(`do $$ begin create role app_nobody; exception when duplicate_object then null; end $$`);
    const before = (await world().admin.query(kept)).rows as unknown[];
    await rebuilt('order');
    expect((await world().admin.query(kept)).rows).toEqual(before);
  });

  test.each<[what: string, statement: string, entity: string, words: RegExp]>([
    ['an unknown entity', '', 'nope', /knows no entity "nope"\. It knows: customer, item, order/],
    [
      'a lost definition',
      `update pg_tview_meta set definition = null where entity = 'item'`,
      'order',
      /keeps no definition for all of what must be rebuilt with order/,
    ],
    ['a view that it reads and that is missing too', 'drop view v_order cascade', 'item', /Build order first/],
    [
      'a replaced trigger function',
      `create or replace function tview_trigger_handler() returns trigger language plpgsql as 'begin /* ${REPLACED} */ return null; end'`,
      'order',
      /silently switch it on/,
    ],
  ])('%s is a sentence with the next step', async (_, statement, entity, words) => {
    await world().admin.query(statement);
    expect(await (await start({ entity })).failure()).toMatchObject({ type: 'PreconditionUnmet', message: expect.stringMatching(words) });
  });

  test('one that is whole needs nothing', async () => {
    expect(await (await start({ entity: 'customer' })).result()).toMatchObject({
      outcome: 'nothing to do',
      summary: expect.stringContaining('refreshTview'),
    });
  });

  test('what others hung on its table is not dropped: the transaction goes back, and it parks', async () => {
    await world().admin.query('create view report as select * from tv_item');
    const run = await start();
    await run.approve();
    const { parked } = await run.until((now) => now.parked !== null || now.outcome !== null, 'a parked step');
    expect(parked?.failure.message).toContain('other objects depend on it');
    await world().admin.query('drop view report');
    await run.send('retry', { by: 'olga' });
    expect((await run.result()).outcome).toBe('done');
    await whole(world());
  });

  test('the queued interface keeps no definitions, and says what to do instead', async () => {
    await layBed(world().admin, 'queued');
    expect(await (await start()).failure()).toMatchObject({ type: 'CapabilityAbsent', message: expect.stringContaining('migrations') });
  });
};

describeRunbook(rebuildTview, {
  input: { entity: 'order', readers: ['rb_read'] },
  staysChanged: true,
  majors: [15, 18],
  prepare: async (world) => {
    await layBed(world.admin, 'immediate');
    await world.admin.query('drop table tv_order');
  },
  happened: async (world) => {
    await whole(world);
    const { rows } = await world.admin.query<{ may: boolean }>(`select has_table_privilege('rb_read', 'tv_order', 'select') as may`);
    expect(rows[0]?.may).toBe(true);
  },
  more,
});

import { answerOf, verdictOf } from '../../support/exercise-operation';
import { DIALECTS, layBed, makeOrdersStale, type Dialect } from '../../support/pg-tviews/beds';
import { startWorld, type World } from '../../support/world';

interface Ordered {
  readonly rank: number;
  readonly tview: { readonly entity: string };
}

let world: World;
let on: object;
beforeAll(async () => (world = await startWorld()));
afterAll(() => world.stop());

const answer = async <T>(name: string, input: object = {}): Promise<T> => (await answerOf(world, name, { on, ...input })) as T;
const lay = async (dialect: Dialect): Promise<void> => {
  await layBed(world.admin, dialect);
  on = (await answerOf(world, 'probeTviews', {})) as object;
};
const entities = (ordered: readonly Ordered[]): string[] => ordered.map((one) => one.tview.entity);

describe('on the immediate interface', () => {
  beforeEach(() => lay('immediate'));

  test('what others embed comes first, page by page', async () => {
    expect(entities(await answer<Ordered[]>('listTviewsInOrder'))).toEqual(['customer', 'order', 'item']);
    expect(entities(await answer<Ordered[]>('listTviewsInOrder', { after: { rank: 0, entity: 'customer' } }))).toEqual(['order', 'item']);
    expect(await answer('listTviewsInOrder', { after: { rank: 2, entity: 'item' } })).toEqual([]);
  });

  test('dependants and siblings are told apart', async () => {
    await world.admin.query(`create table tb_note (pk_note bigint primary key, fk_customer bigint); set search_path = public;
      select make_tview('note', 'select pk_note, fk_customer from public.tb_note', 'tb_note', '{fk_customer}'); reset search_path`);
    const of = (entity: string) => answer('listRelatives', { entity });
    expect(await of('order')).toEqual([
      { entity: 'item', relation: 'dependant' },
      { entity: 'note', relation: 'sibling' },
    ]);
    expect(await of('item')).toEqual([{ entity: 'note', relation: 'sibling' }]);
    expect(await of('nope')).toEqual([]);
  });

  test('a circle of TVIEWs ends the search and hides none', async () => {
    await world.admin.query(`update pg_tview_meta set fk_columns = '{fk_item}' where entity = 'customer'`);
    expect(entities(await answer<Ordered[]>('listTviewsInOrder')).sort()).toEqual(['customer', 'item', 'order']);
  });
});

describe('on the queued interface', () => {
  beforeEach(() => lay('queued'));

  test('the highest priority comes first, then the name', async () => {
    expect(entities(await answer<Ordered[]>('listTviewsInOrder'))).toEqual(['tv_customer', 'tv_order']);
    await world.admin.query(`update pg_tviews_metadata set refresh_priority = 5 where entity_name = 'tv_order'`);
    const [first] = await answer<Ordered[]>('listTviewsInOrder');
    expect(first).toMatchObject({ rank: -5, tview: { entity: 'tv_order' } });
    expect(entities(await answer<Ordered[]>('listTviewsInOrder', { after: { rank: -5, entity: 'tv_order' } }))).toEqual(['tv_customer']);
  });

  test('a view that reads the view or the table of another depends on it', async () => {
    expect(await answer('listRelatives', { entity: 'tv_customer' })).toEqual([{ entity: 'tv_order', relation: 'dependant' }]);
    expect(await answer('listRelatives', { entity: 'tv_order' })).toEqual([]);
  });
});

describe.each(DIALECTS)('on the %s interface, one TVIEW', (dialect) => {
  beforeEach(() => lay(dialect));

  test('is found with and without tv_, with its key', async () => {
    for (const entity of ['order', 'tv_order'])
      expect(await answer('findTview', { entity })).toMatchObject({ tview: { table: 'tv_order', key: 'pk_order' }, keyed: true, referenced: false });
  });

  test('is told from one that is unknown, and from one in empty metadata', async () => {
    await expect(answer('findTview', { entity: 'nope' })).rejects.toMatchObject({
      name: 'PreconditionUnmet',
      message: expect.stringContaining('It knows:'),
    });
    await world.admin.query(`delete from ${dialect === 'immediate' ? 'pg_tview_meta' : 'pg_tviews_metadata'}`);
    await expect(answer('findTview', { entity: 'order' })).rejects.toMatchObject({ message: expect.stringContaining('the metadata is empty') });
  });

  test('the verification of a refresh says no where rows differ', async () => {
    await makeOrdersStale(world.admin);
    const { tview } = await answer<{ tview: object }>('findTview', { entity: 'order' });
    for (const name of ['refreshTviewByRows', 'refreshTviewByTruncate'])
      expect(await verdictOf(world, name, { on, tview })).toEqual({ holds: false, expected: 'tv_order equal to its view', seen: '4 rows differ' });
  });
});

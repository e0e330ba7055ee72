import { Client } from 'pg';
import { effectOf } from '../../support/exercise-operation';
import { Questions } from '../../support/pg-tviews/questions';
import { startWorld, type World } from '../../support/world';

let world: World;
beforeAll(async () => (world = await startWorld()));
afterAll(() => world.stop());

const questions = new Questions(() => world);
const answer: Questions['answer'] = (name, input) => questions.answer(name, input);
const lay = questions.lay.bind(questions);
const tview = questions.tview.bind(questions);
const difference = questions.difference.bind(questions);
describe('habits of the released extension', () => {
  beforeEach(() => lay('immediate'));

  test('its health check says OK over disabled triggers; ours does not ask it', async () => {
    await world.admin.query('alter table tb_order disable trigger user');
    const { rows } = await world.admin.query<{ status: string }>('select distinct status from public.pg_tviews_health_check()');
    expect(rows).toEqual([{ status: 'OK' }]);
    expect(await answer('listTviewStatus', { on: questions.on })).toContainEqual(
      expect.objectContaining({ entity: 'order', status: 'TRIGGERS DISABLED' }),
    );
  });

  test('parent and child written at the same time leave a stale row that only the comparison sees', async () => {
    const [parent, child] = await Promise.all([connected(), connected()]);
    await parent.query(`begin; update tb_customer set name = 'renamed' where pk_customer = 1`);
    await child.query(`begin; insert into tb_order values (500, 1, 5); commit`);
    await parent.query('commit');
    await Promise.all([parent.end(), child.end()]);
    expect((await answer<{ status: string }[]>('listTviewStatus', { on: questions.on })).every((one) => one.status === 'OK')).toBe(true);
    expect(await difference('order')).toMatchObject({ rows: 21, missing: 1, surplus: 1, ghosts: 0 });
    await effectOf(world, 'refreshTviewByRows', { on: questions.on, tview: await tview('order') }).act();
    expect(await difference('order')).toMatchObject({ differing: 0 });
  });

  test('a ghost poisons the cascade of its parent: the write commits, and what depends on it stays stale', async () => {
    const writer = await connected();
    const warnings: string[] = [];
    writer.on('notice', ({ severity, message }) => severity === 'WARNING' && warnings.push(message ?? ''));
    await writer.query('delete from tb_item where pk_item = 1');
    await writer.query('update tb_order set total = 7 where pk_order = 2');
    expect(warnings).toEqual(['Failed to refresh order[2]']);
    expect(await difference('item')).toMatchObject({ ghosts: 1, missing: 1 });
    await effectOf(world, 'refreshTviewByRows', { on: questions.on, tview: await tview('item') }).act();
    expect(await difference('item')).toMatchObject({ differing: 0 });
    warnings.splice(0);
    await writer.query('update tb_order set total = 8 where pk_order = 2');
    await writer.end();
    expect(warnings).toEqual([]);
  });

  test('its refresh names tables without their schema: a table of the same name elsewhere is not touched', async () => {
    await world.admin.query(
      `drop schema if exists other cascade; create schema other; create table other.tv_order as select * from tv_order; grant all on schema other to rb_own; grant all on other.tv_order to rb_own`,
    );
    await world.admin.query(`alter database shop set search_path = other, public`);
    await world.admin.query('delete from tv_order where pk_order = 1');
    await effectOf(world, 'refreshTviewByTruncate', { on: questions.on, tview: await tview('order') }).act();
    await world.admin.query('alter database shop reset search_path');
    expect(await difference('order')).toMatchObject({ rows: 20, differing: 0 });
    expect((await world.admin.query('select count(*)::int as rows from other.tv_order')).rows).toEqual([{ rows: 20 }]);
  });

  test('readers of a truncating refresh wait, and give up by their own time-out; those of a refresh by rows go on', async () => {
    const reader = await connected();
    await reader.query('begin; select count(*) from tv_order');
    await expect(effectOf(world, 'refreshTviewByTruncate', { on: questions.on, tview: await tview('order') }).act()).rejects.toMatchObject({
      code: '55P03',
    });
    await effectOf(world, 'refreshTviewByRows', { on: questions.on, tview: await tview('order') }).act();
    await reader.query('commit');
    await reader.end();
  });
});

const connected = async (): Promise<Client> => {
  const client = new Client({ connectionString: world.postgres.url('shop') });
  await client.connect();
  return client;
};

import { Client } from 'pg';
import { Questions } from '../../support/pg-tviews/questions';
import { makeOrdersStale } from '../../support/pg-tviews/beds';
import { dropExtension } from '../../support/pg-tviews/dropped-extension';
import { startWorld, type World } from '../../support/world';

interface Seen {
  readonly trouble: string;
  readonly subject: string;
}

let world: World;
beforeAll(async () => (world = await startWorld()));
afterAll(() => world.stop());

const questions = new Questions(() => world);
const troubles = async (name: string, input: object = {}): Promise<string[]> =>
  (await questions.answer<Seen[]>(name, { on: questions.on, ...input })).map(({ trouble, subject }) => `${trouble}: ${subject}`);

describe('the released extension', () => {
  beforeEach(() => questions.lay('immediate'));

  test('where all is well nothing is found', async () => {
    expect(await troubles('diagnoseTriggers')).toEqual([]);
    expect(await troubles('diagnoseLocks', { longerThan: '0 seconds' })).toEqual([]);
    expect(await troubles('diagnoseTview', { tview: await questions.tview('order') })).toEqual([]);
    expect(await questions.answer('findTviewObjects')).toMatchObject({ triggers: 3, findings: [] });
  });

  test('diagnoseTriggers sees lost metadata', async () => {
    await world.admin.query('delete from pg_tview_meta');
    expect(await troubles('diagnoseTriggers')).toEqual(['metadata lost: pg_tviews, all of it']);
  });

  test('findTviewObjects says what the triggers need and lack when the extension is gone', async () => {
    await dropExtension(world.admin, 'immediate');
    expect(await questions.answer('findTviewObjects')).toMatchObject({
      on: null,
      triggers: 3,
      findings: [{ trouble: 'every write fails' }, { trouble: 'metadata gone' }],
    });
  });

  test('diagnoseLocks names the session that holds a table', async () => {
    const writer = new Client({ connectionString: world.postgres.url('shop') });
    await writer.connect();
    await writer.query('begin; lock table tv_order in row exclusive mode; select pg_sleep(0.01)');
    expect(await troubles('diagnoseLocks', { longerThan: '0 seconds' })).toEqual([expect.stringMatching(/^long writer: session \d+$/)]);
    expect(await troubles('diagnoseLocks', { longerThan: '1 hour' })).toEqual([]);
    await writer.end();
  });

  test('diagnoseFanOut counts the dependants along each cascade of listCascades', async () => {
    const cascades = await questions.answer<{ entity: string }[]>('listCascades', { on: questions.on });
    const cascade = { entity: 'customer', dependant: 'order', schema: 'public', table: 'tv_order', column: 'fk_customer' };
    expect(cascades).toContainEqual(cascade);
    expect(await troubles('diagnoseFanOut', { cascade })).toEqual([]);
    await world.admin.query('update tv_order set fk_customer = 1 where pk_order <= 12');
    expect(await troubles('diagnoseFanOut', { cascade })).toEqual(['writes fail (42601): customer']);
  });

  test('diagnoseTview sees stale rows and ghosts', async () => {
    await makeOrdersStale(world.admin);
    expect(await troubles('diagnoseTview', { tview: await questions.tview('order') })).toEqual([
      'stale rows: order',
      'ghosts: order',
      'poisoned cascade: customer',
    ]);
  });
});

test('diagnoseQueue sees a long queue, orphaned entries and failed refreshes', async () => {
  await questions.lay('queued');
  expect(await troubles('diagnoseQueue', { longerThan: '1 minute' })).toEqual([]);
  await world.admin.query(`insert into pg_tviews_internal.queue values ('tv_gone', now() - interval '2 hours');
    update pg_tviews_metadata set last_error = 'broken', last_refresh_duration_ms = 90000 where entity_name = 'tv_order'`);
  expect(await troubles('diagnoseQueue', { longerThan: '1 minute' })).toEqual([
    'long queue: the queue',
    'orphaned entries: the queue',
    'failed refresh: tv_order',
    'slow refresh: tv_order',
  ]);
});

import { describeOperation } from '../../support/describe-operation';
import { databaseBed, effectOf } from '../../support/exercise-operation';
import { differingRows } from '../../support/pg-tviews/differing-rows';
import { Questions } from '../../support/pg-tviews/questions';
import { makeOrdersStale } from '../../support/pg-tviews/beds';
import { triggerStates } from '../../support/pg-tviews/states';
import { startWorld, type World } from '../../support/world';

let world: World;
beforeAll(async () => {
  world = await startWorld();
  await world.admin.query('create role app_owner');
});
afterAll(() => world.stop());

const questions = new Questions(() => world);
const on = (): object => ({ on: questions.on });
const oneTview = async (): Promise<object> => ({ on: questions.on, tview: await questions.tview('order') });
const admin = (statements: string) => () => world.admin.query(statements);
const bed = () => databaseBed(world);
const states = () => triggerStates(world.admin);
/** Takes the ownership of a table away, and what people are told of it. */
const tableOfOthers = {
  take: admin('alter table tb_order owner to app_owner'),
  giveBack: admin('alter table tb_order owner to rb_own'),
  says: /^The login rb_own does not own public\.tb_order\. Run: GRANT app_owner TO rb_own\.$/,
};
const functionOfOthers = (name: string) => ({
  take: admin(`alter function ${name} owner to app_owner`),
  giveBack: admin(`alter function ${name} owner to rb_own`),
  says: /^The login rb_own does not own .*\. Run: GRANT app_owner TO rb_own\.$/,
});
const privilegeMissing = (privilege: string, relation: string, says: RegExp) => ({
  take: admin(`revoke ${privilege} on ${relation} from rb_own`),
  giveBack: admin(`grant ${privilege} on ${relation} to rb_own`),
  says,
});

describe('the triggers of the released extension', () => {
  describeOperation('disableRefreshTriggers', {
    bed,
    prepare: async () => {
      await questions.lay('immediate');
      await world.admin.query('alter table tb_customer enable always trigger trg_tview_customer_on_tb_customer');
    },
    input: on,
    seen: states,
    spoil: admin('alter table tb_order enable replica trigger trg_tview_order_on_tb_order'),
    lacks: tableOfOthers,
  });

  describeOperation('restoreRefreshTriggers', {
    bed,
    prepare: async () => {
      await questions.lay('immediate');
      await effectOf(world, 'disableRefreshTriggers', on()).act();
    },
    input: on,
    seen: states,
    spoil: admin('alter table tb_order enable replica trigger trg_tview_order_on_tb_order'),
    lacks: tableOfOthers,
  });

  describeOperation('replaceTriggerHandlers', {
    bed,
    prepare: () => questions.lay('immediate'),
    input: on,
    seen: states,
    spoil: admin(`create or replace function tview_trigger_handler() returns trigger language plpgsql as 'begin return new; end'`),
    lacks: functionOfOthers('tview_trigger_handler()'),
  });

  describeOperation('restoreTriggerHandlers', {
    bed,
    prepare: async () => {
      await questions.lay('immediate');
      await effectOf(world, 'replaceTriggerHandlers', on()).act();
    },
    input: on,
    seen: states,
    lacks: functionOfOthers('tview_trigger_handler()'),
  });

  test('findHandlerRight and the plan say that a function in C could not be given back', async () => {
    await questions.lay('immediate');
    expect(await questions.answer('findHandlerRight', on())).toEqual({ allowed: true, lacks: '' });
    await world.admin.query(`create function handler_in_c() returns trigger language c as '$libdir/plpgsql', 'plpgsql_call_handler';
      alter function handler_in_c() owner to rb_own`);
    const found = { on: { ...questions.on, handlers: ['public.handler_in_c()'] } };
    const says = /^public\.handler_in_c\(\) is written in c, which only a superuser may use: the login rb_own could replace it and not restore it/;
    expect(await questions.answer('findHandlerRight', found)).toEqual({ allowed: false, lacks: expect.stringMatching(says) });
    await expect(bed().previewOf('replaceTriggerHandlers', found)).rejects.toMatchObject({ message: expect.stringMatching(says) });
    await world.admin.query('drop function handler_in_c()');
  });

  test('restoreTriggerHandlers does not call it good when there is no trigger function at all', async () => {
    await questions.lay('immediate');
    expect(await bed().verdictOf('restoreTriggerHandlers', { on: { ...questions.on, handlers: [] } }, [])).toMatchObject({ holds: false });
  });
});

describe.each(['immediate', 'queued'] as const)('a refresh on the %s interface', (dialect) => {
  const prepare = async () => {
    await questions.lay(dialect);
    await makeOrdersStale(world.admin);
  };
  const seen = () => differingRows(world, 'order');
  const denied = privilegeMissing(
    'insert',
    'tv_order',
    /^The login rb_own lacks INSERT on public\.tv_order\. Run: GRANT INSERT ON public\.tv_order TO rb_own\.$/,
  );

  describeOperation('refreshTviewByRows', { bed, prepare, input: oneTview, seen, changes: { from: 2, to: 0 }, lacks: denied });
  describeOperation('refreshTviewByTruncate', {
    bed,
    prepare,
    input: oneTview,
    seen,
    changes: { from: 2, to: 0 },
    lacks: {
      take: admin(`alter function pg_tviews_refresh owner to postgres; revoke execute on function pg_tviews_refresh from public, rb_own`),
      giveBack: admin(`grant execute on function pg_tviews_refresh to public`),
      says: /^The login rb_own may not call public\.pg_tviews_refresh\. Run: GRANT EXECUTE ON FUNCTION public\.pg_tviews_refresh TO rb_own\.$/,
    },
  });
});

describe('the queue', () => {
  const QUEUE = 'pg_tviews_internal.queue';
  const prepare = async () => {
    await questions.lay('queued');
    await world.admin.query(`update tb_order set total = total + 1; insert into ${QUEUE} values ('tv_gone', now() - interval '2 hours')`);
  };
  const entries = async () =>
    (await world.admin.query<{ entity: string }>(`select entity_name as entity, entry_time::text as at from ${QUEUE} order by 1, 2`)).rows;

  describeOperation('refreshQueued', {
    bed,
    prepare,
    input: () => ({ ...on(), views: 5, limit: 10 }),
    seen: async () => ({
      known: (await entries()).filter(({ entity }) => entity !== 'tv_gone').length,
      differing: await differingRows(world, 'order'),
    }),
    changes: { from: { known: 20, differing: 20 }, to: { known: 0, differing: 0 } },
    lacks: privilegeMissing('delete', QUEUE, /^The login rb_own lacks DELETE on pg_tviews_internal\.queue\./),
  });

  describeOperation('quarantineQueueEntries', {
    bed,
    prepare,
    input: () => ({ ...on(), only: 'orphaned' }),
    seen: entries,
    lacks: {
      take: admin('alter schema pg_tviews_internal owner to app_owner; grant usage on schema pg_tviews_internal to rb_own'),
      giveBack: admin('alter schema pg_tviews_internal owner to rb_own'),
      says: /^The login rb_own lacks CREATE on the schema pg_tviews_internal\. Run: GRANT CREATE ON SCHEMA pg_tviews_internal TO rb_own\.$/,
    },
  });
});

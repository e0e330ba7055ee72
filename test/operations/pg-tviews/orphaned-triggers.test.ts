import { describeOperation } from '../../support/describe-operation';
import { answerOf, databaseBed, effectOf, verdictOf } from '../../support/exercise-operation';
import { DIALECTS, layBed } from '../../support/pg-tviews/beds';
import { dropExtension } from '../../support/pg-tviews/dropped-extension';
import { startWorld, type World } from '../../support/world';

const FOUND = [
  {
    schema: 'public',
    table: 'tb_order',
    trigger: 'trg_tview_order_on_tb_order',
    state: 'D',
    definition: `CREATE TRIGGER trg_tview_order_on_tb_order AFTER INSERT ON public.tb_order FOR EACH ROW EXECUTE FUNCTION tview_trigger_handler('order')`,
  },
];

let world: World;
beforeAll(async () => (world = await startWorld()));
afterAll(() => world.stop());

describe.each(DIALECTS)('on the %s interface', (dialect) => {
  const lay = async () => {
    await layBed(world.admin, dialect);
    await dropExtension(world.admin, dialect);
    await world.admin.query('alter table tb_order disable trigger user');
  };
  const seen = async () =>
    (await world.admin.query(`select tgname, tgenabled, pg_get_triggerdef(oid) as definition from pg_trigger where not tgisinternal order by 1`))
      .rows as unknown[];

  describeOperation('dropOrphanedTriggers', {
    bed: () => databaseBed(world),
    prepare: lay,
    input: {},
    seen,
    lacks: {
      take: () => world.admin.query('alter table tb_order owner to postgres'),
      giveBack: () => world.admin.query('alter table tb_order owner to rb_own'),
      says: /^The login rb_own does not own public\.tb_order\. Run: GRANT postgres TO rb_own\.$/,
    },
  });

  test('all of them are listed and dropped', async () => {
    await lay();
    expect(await answerOf(world, 'listOrphanedTriggers', {})).toHaveLength(dialect === 'immediate' ? 3 : 2);
    await effectOf(world, 'dropOrphanedTriggers', {}).act();
    expect(await seen()).toEqual([]);
    expect(await answerOf(world, 'listOrphanedTriggers', {})).toEqual([]);
  });
});

test('the verifications say no', async () => {
  await layBed(world.admin, 'immediate');
  expect(await verdictOf(world, 'dropOrphanedTriggers', {}, FOUND)).toEqual({
    holds: false,
    expected: 'none of the orphaned triggers',
    seen: '1 of 1, on public.tb_order',
  });
  expect(await verdictOf(world, 'recreateTriggers', { triggers: FOUND })).toEqual({
    holds: false,
    expected: '1 triggers as recorded',
    seen: '0 as recorded',
  });
});

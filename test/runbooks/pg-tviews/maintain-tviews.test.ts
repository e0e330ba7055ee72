import { maintainTviews } from '../../../workflows/runbooks/pg-tviews/maintain-tviews';
import { describeRunbook, type Given } from '../../support/describe-runbook';
import { clearBeds, layBed, type Dialect } from '../../support/pg-tviews/beds';
import type { World } from '../../support/world';

const lay = (dialect: Dialect) => async (world: World) => {
  await layBed(world.admin, dialect);
  await world.admin.query(
    'set session_replication_role = replica; update tv_order set data = data; reset session_replication_role; select pg_stat_force_next_flush()',
  );
};
const unvacuumed = async (world: World): Promise<unknown> =>
  (await world.admin.query(`select relname from pg_stat_user_tables where relname like 'tv\\_%' and (last_vacuum is null or last_analyze is null)`))
    .rows;

function more({ major, world, start }: Given): void {
  test('it tells dead rows before and after, and which login did it', async () => {
    const run = await start();
    expect((await run.result()).summary).toMatch(/0 dead rows where there were 20/);
    const done = (await run.report()).steps.find((step) => step.verb === 'apply');
    expect(done).toMatchObject({ evidence: { login: major >= 17 ? 'rb_maint' : 'rb_own' } });
  });

  test('where neither login may it stops before it has changed anything, and says what to grant', async () => {
    await world().admin.query(
      'alter table tv_order owner to postgres; revoke all on schema public from public; grant usage on schema public to rb_read, rb_own',
    );
    expect(await (await start()).failure()).toMatchObject({
      type: 'PreconditionUnmet',
      message: expect.stringMatching(/rb_maint lacks .*public\.tv_order.*Grant pg_maintain/),
    });
    expect(await unvacuumed(world())).toHaveLength(3);
  });

  test('a database without pg_tviews is refused in a sentence', async () => {
    await clearBeds(world().admin);
    expect(await (await start()).failure()).toMatchObject({ type: 'CapabilityAbsent', message: expect.stringContaining('not installed') });
  });
}

const settings = { autovacuum: 'off' };
const happened = async (world: World): Promise<void> => expect(await unvacuumed(world)).toEqual([]);
describeRunbook(maintainTviews, { input: {}, majors: [18], settings, prepare: lay('immediate'), happened, more });
describe('the owner does it where the maintaining login may not', () => {
  describeRunbook(maintainTviews, { input: {}, majors: [15], settings, prepare: lay('immediate'), happened, more, golden: false });
  describeRunbook(maintainTviews, { input: {}, majors: [18], settings, prepare: lay('queued'), happened, golden: false });
});

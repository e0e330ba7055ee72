import { relieveMemoryPressure } from '../../../workflows/runbooks/postgres/relieve-memory-pressure';
import { describeRunbook, type Given } from '../../support/describe-runbook';
import { AppSessions } from '../../support/sessions';
import type { World } from '../../support/world';

let sessions: AppSessions;
let heavy: number[] = [];
let spared: number[] = [];
const SLEEP = 'select pg_sleep(600)';
const longEnough = () => new Promise((resolve) => setTimeout(resolve, 300));
const workMemOf = async (world: World): Promise<string | null | undefined> =>
  (await world.admin.query<{ own: string | null }>(`select rolconfig::text as own from pg_roles where rolname = 'app_web'`)).rows[0]?.own;

async function pressed(world: World): Promise<void> {
  sessions = new AppSessions(world);
  await world.admin.query(`do $$ begin create role app_web login password 'app_web'; exception when duplicate_object then null; end $$;
    do $$ begin create role app_alien; exception when duplicate_object then null; end $$;
    alter role app_web reset work_mem; grant app_web to rb_ctl ${world.postgres.major >= 16 ? 'with admin true, inherit false, set false' : ''}`);
  heavy = await sessions.busy('app_web', 3, SLEEP);
  spared = [...(await sessions.busy('app_web', 1, SLEEP, { application: 'pg_dump' })), ...(await sessions.busy('postgres', 1, SLEEP))];
  await longEnough();
}

async function happened(world: World): Promise<void> {
  expect(await sessions.working(heavy)).toEqual([]);
  expect(await sessions.living(heavy)).toHaveLength(3);
  expect(await sessions.working(spared)).toHaveLength(2);
  expect(await workMemOf(world)).toBe('{work_mem=2MB}');
}

function more({ major, world, start, onStage }: Given): void {
  test('where no statement is old enough nothing is to be done, and the protected ones are said', async () => {
    expect(await (await start({ longerThan: '1 hour', lowerWorkMemFor: undefined })).result()).toMatchObject({ outcome: 'nothing to do' });
    await sessions.close();
    spared = await sessions.busy('postgres', 1, SLEEP);
    await longEnough();
    expect(await (await start({ lowerWorkMemFor: undefined })).result()).toMatchObject({
      outcome: 'nothing to do',
      summary: expect.stringContaining('1 protected'),
    });
  });

  test('statements that begin meanwhile are seen by the verification, which offers to try again', async () => {
    const run = await start({ maxRounds: 1, maxPerRound: 3, lowerWorkMemFor: undefined });
    onStage(async (_, kind, stage) => {
      if (kind !== 'write' || stage !== 'committed') return;
      await sessions.busy('app_web', 1, SLEEP);
      await longEnough();
    });
    await run.approve();
    const { parked } = await run.until((now) => now.parked !== null || now.outcome !== null, 'a parked step');
    expect(parked).toMatchObject({ failure: { type: 'VerificationFailed', message: expect.stringContaining('"matching":1') } });
    await run.send('abandon', { by: 'olga', reason: 'seen' });
    await run.failure();
  });

  test('more than the maxStatements: it parks and ends none', async () => {
    const run = await start({ maxStatements: 2, lowerWorkMemFor: undefined });
    await run.approve();
    const { parked } = await run.until((now) => now.parked !== null || now.outcome !== null, 'a parked step');
    expect(parked?.failure.type).toBe('LimitExceeded');
    expect(await sessions.working(heavy)).toHaveLength(3);
    await run.send('rollback', { by: 'olga', reason: 'too many' });
    await run.failure();
  });

  test('a roll back gives the role its work_mem back', async () => {
    await world().admin.query(`alter role app_web set work_mem = '33MB'`);
    const run = await start();
    onStage(async (operation, kind, stage) => {
      if (operation === 'setRoleWorkMem' && kind === 'write' && stage === 'committed') await run.send('pause', { by: 'olga' });
    });
    await run.approve();
    await run.until((now) => now.paused !== null);
    expect(await workMemOf(world())).toBe('{work_mem=2MB}');
    await run.send('rollback', { by: 'olga', reason: 'no' });
    await run.failure();
    expect(await workMemOf(world())).toBe('{work_mem=33MB}');
  });

  test('a role that the login may not change is advice, not a failure', async () => {
    const lowerWorkMemFor = major === 15 ? 'postgres' : 'app_alien';
    const run = await start({ lowerWorkMemFor });
    await run.approve();
    const { outcome } = await run.result();
    expect(outcome).toBe('done');
    expect((await run.report()).advice).toContainEqual(expect.stringContaining(`ALTER ROLE "${lowerWorkMemFor}" SET work_mem = '2MB'`));
  });
}

describeRunbook(relieveMemoryPressure, {
  input: { longerThan: '200 milliseconds', maxPerRound: 5, maxRounds: 2, maxStatements: 10, lowerWorkMemFor: 'app_web', workMem: '2MB' },
  majors: [15, 18],
  prepare: pressed,
  tidy: () => sessions.close(),
  happened,
  more,
});

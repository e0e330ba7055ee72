import { relieveConnectionExhaustion } from '../../../workflows/runbooks/postgres/relieve-connection-exhaustion';
import { describeRunbook, type Given } from '../../support/describe-runbook';
import { AppSessions } from '../../support/sessions';
import type { World } from '../../support/world';

let sessions: AppSessions;
let web: number[] = [];
let batch: number[] = [];
let spared: number[] = [];

const limitOf = async (world: World, role: string): Promise<number | undefined> =>
  (await world.admin.query<{ limit: number }>('select rolconnlimit as limit from pg_roles where rolname = $1', [role])).rows[0]?.limit;
const idleLongEnough = () => new Promise((resolve) => setTimeout(resolve, 300));

/** Fills a server of 23 usable slots with idle sessions, and some that nobody may end. */
async function exhausted(world: World): Promise<void> {
  sessions = new AppSessions(world);
  for (const role of ['app_web', 'app_batch']) {
    await world.admin.query(`do $$ begin create role ${role} login password '${role}'; exception when duplicate_object then null; end $$;
      alter role ${role} connection limit -1; grant ${role} to rb_ctl ${world.postgres.major >= 16 ? 'with admin true, inherit false, set false' : ''}`);
  }
  web = await sessions.idle('app_web', 12);
  batch = await sessions.idleInTransaction('app_batch', 2);
  spared = [
    ...(await sessions.idle('app_batch', 1, { application: 'pg_dump' })),
    ...(await sessions.idle('app_batch', 1, { statement: 'select pg_advisory_lock(7)' })),
    ...(await sessions.idle('postgres', 1)),
    ...(await sessions.idle('app_batch', 1, { application: 'keep-me' })),
  ];
  await idleLongEnough();
}

const sorted = (pids: readonly number[]): number[] => [...pids].sort((a, b) => a - b);
const span = '200 milliseconds';
const input = {
  freeSlots: 10,
  idleInTransactionLongerThan: span,
  idleLongerThan: span,
  maxPerRound: 30,
  maxSessions: 50,
  maxRounds: 2,
  protect: ['keep-me'],
  limitLargestRole: true,
};

async function happened(world: World): Promise<void> {
  expect(await sessions.living([...web, ...batch])).toEqual([]);
  expect(await sessions.living(spared)).toEqual(sorted(spared));
  expect(await limitOf(world, 'app_web')).toBe(11);
}

function more({ world, start, onStage }: Given): void {
  test('with enough free slots nothing is to be done and nobody is asked', async () => {
    const run = await start({ freeSlots: 1 });
    expect(await run.result()).toMatchObject({ outcome: 'nothing to do', summary: 'Enough slots are already free.' });
    expect((await run.report()).decisions).toEqual([]);
  });

  test('more sessions than the limit at the time of acting: it parks and ends none', async () => {
    await sessions.idle('app_web', 1);
    await idleLongEnough();
    const run = await start({ maxSessions: 12, limitLargestRole: false, idleInTransactionLongerThan: '1 hour' });
    await run.approve();
    const { parked } = await run.until((now) => now.parked !== null || now.outcome !== null, 'a parked step');
    expect(parked?.failure).toMatchObject({
      type: 'LimitExceeded',
      message: expect.stringContaining('matches 13 now; this run may touch 12 in all'),
    });
    expect(await sessions.living(web)).toEqual(sorted(web));
    await run.send('rollback', { by: 'olga', reason: 'too many' });
    await run.failure();
  });

  test('other sessions than those of the plan are no drift', async () => {
    const run = await start({ maxSessions: 12, limitLargestRole: false, idleInTransactionLongerThan: '1 hour' });
    await run.until((now) => now.gate !== null);
    await sessions.close();
    const others = await sessions.idle('app_web', 12);
    await sessions.idle('postgres', 2);
    await idleLongEnough();
    await run.approve();
    expect((await run.result()).outcome).toBe('done');
    expect(await sessions.living(others)).toEqual([]);
  });

  test('the limit counts over all rounds', async () => {
    const run = await start({ maxSessions: 12, maxPerRound: 8, limitLargestRole: false, idleInTransactionLongerThan: '1 hour', freeSlots: 22 });
    await run.approve();
    const { parked } = await run.until((now) => now.parked !== null || now.outcome !== null, 'a parked step');
    expect(parked).toMatchObject({ failure: { type: 'VerificationFailed' } });
    expect(await sessions.living(web)).toHaveLength(0);
    await run.send('abandon', { by: 'olga', reason: 'enough' });
    await run.failure();
  });

  test('the limit of the largest role is given back in a rollback', async () => {
    await world().admin.query('alter role app_web connection limit 33');
    const run = await start();
    onStage(async (operation, kind, stage) => {
      if (operation === 'limitRoleConnections' && kind === 'write' && stage === 'committed') await run.send('pause', { by: 'olga' });
    });
    await run.approve();
    await run.until((now) => now.paused !== null);
    expect(await limitOf(world(), 'app_web')).toBe(11);
    await run.send('rollback', { by: 'olga', reason: 'no' });
    await run.failure();
    expect(await limitOf(world(), 'app_web')).toBe(33);
  });

  test('few sessions need no approval where the input says so, and what follows the waived gate is done (peers 3)', async () => {
    await sessions.close();
    await sessions.idleInTransaction('app_batch', 2);
    await sessions.idle('postgres', 10);
    await idleLongEnough();
    const run = await start({ approveAbove: 2, limitLargestRole: false, idleLongerThan: '1 hour' });
    const ended = await run.until((now) => now.outcome !== null || now.gate !== null || now.parked !== null, 'the end');
    expect(ended.gate).toBeNull();
    const { steps } = await run.report();
    const waived = steps.findIndex(({ verb, note }) => verb === 'approve' && note?.includes('waived'));
    expect(waived).toBeGreaterThan(0);
    expect(steps.slice(waived + 1)).toContainEqual(expect.objectContaining({ verb: 'apply', outcome: 'done', rows: 2 }));
    if (ended.parked) await run.send('abandon', { by: 'olga', reason: 'seen' });
    await run.handle.result().catch(() => undefined);
  });

  test('where every session needs an approval, one that matches only later does too', async () => {
    await sessions.close();
    await sessions.idle('postgres', 14);
    let late: number[] = [];
    let looks = 0;
    onStage(async (operation, _, stage) => {
      // Once in the rehearsal, once when the gate is behind it.
      if (operation !== 'measureConnections' || stage !== 'answered' || ++looks !== 2) return;
      late = await sessions.idle('app_web', 1);
      await idleLongEnough();
    });
    const run = await start({ limitLargestRole: false });
    const status = await run.until((now) => now.gate !== null || now.parked !== null || now.outcome !== null, 'a gate');
    expect(await sessions.living(late)).toEqual(late);
    expect(status.gate?.title).toBe('Terminate idle sessions');
    await run.send('reject', { by: 'olga', reason: 'seen' });
    await run.failure();
  });

  test('a role that is limited to less already is not given more', async () => {
    await world().admin.query('alter role app_web connection limit 3');
    const { plan } = await (await start({ mode: 'plan' })).result();
    expect(plan?.steps.map((step) => step.title)).toContain('Terminate idle sessions');
    expect(plan?.steps.find((step) => step.operation === 'limitRoleConnections')).toBeUndefined();
  });

  test('with no slot left for itself it says so and names the way out', async () => {
    await world().sessions.close();
    const { rows } = await world().admin.query<{ used: number }>(
      `select count(*)::int as used from pg_stat_activity where backend_type = 'client backend'`,
    );
    for (let left = 26 - (rows[0]?.used ?? 0); left > 0; left--) await sessions.idle('app_web', 1).catch(() => undefined);
    const run = await start();
    expect(await run.failure()).toMatchObject({ type: 'TargetUnreachable', message: expect.stringContaining('reserved_connections') });
  });
}

describeRunbook(relieveConnectionExhaustion, {
  input,
  majors: [15, 18],
  settings: { max_connections: 26 },
  prepare: exhausted,
  tidy: () => sessions.close(),
  happened,
  more,
});

import { Client } from 'pg';
import { resolvePreparedTransaction } from '../../../workflows/runbooks/postgres/resolve-prepared-transaction';
import { describeRunbook, type Given } from '../../support/describe-runbook';
import type { World } from '../../support/world';

const input = { gid: `order-4711`, outcome: 'commit', olderThan: '0 seconds' };
const amount = async (world: World) =>
  (await world.admin.query<{ amount: number }>(`select amount from app.shelf where name = 'apples'`)).rows[0]?.amount;

async function cleared({ admin }: World): Promise<void> {
  const { rows } = await admin.query<{ gid: string }>('select gid from pg_prepared_xacts');
  for (const { gid } of rows) await admin.query(`rollback prepared ${admin.escapeLiteral(gid)}`);
  await admin.query(`update app.shelf set amount = 1 where name = 'apples'`);
}

async function prepared(world: World, role = 'rb_own'): Promise<void> {
  await cleared(world);
  await world.admin.query(`set role ${role}; begin; update app.shelf set amount = 42 where name = 'apples'; prepare transaction '${input.gid}'`);
  await world.admin.query('reset role');
}

function more({ world, start, onStage }: Given): void {
  test('a roll back loses the work, after a gate of its own name', async () => {
    const run = await start({ outcome: 'rollback' });
    const { gate } = await run.until((now) => now.gate !== null, 'the gate');
    expect(gate?.title).toBe('Roll back the prepared transaction');
    await run.approve();
    expect(await run.result()).toMatchObject({ outcome: 'done', summary: expect.stringContaining('rolled back') });
    expect(await amount(world())).toBe(1);
  });

  test('the outcome is demanded', async () => {
    expect(await (await start({ outcome: undefined })).failure()).toMatchObject({
      type: 'InvalidInput',
      message: expect.stringContaining('outcome'),
    });
  });

  test('resolved the same way by somebody else at the gate: done, and nobody is asked again', async () => {
    const run = await start();
    await run.until((now) => now.gate !== null, 'the gate');
    await world().admin.query(`commit prepared '${input.gid}'`);
    await run.approve();
    expect((await run.result()).outcome).toBe('done');
    expect((await run.report()).decisions).toHaveLength(1);
    expect(await amount(world())).toBe(42);
  });

  test('resolved the other way by somebody else: it parks and says so', async () => {
    const run = await start();
    await run.until((now) => now.gate !== null, 'the gate');
    await world().admin.query(`rollback prepared '${input.gid}'`);
    await run.approve();
    const { parked } = await run.until((now) => now.parked !== null || now.outcome !== null, 'a parked step');
    expect(parked?.failure).toMatchObject({ type: 'VerificationFailed', message: expect.stringContaining('the other way') });
    await run.send('abandon', { by: 'olga', reason: 'seen' });
    await run.failure();
  });

  test('a worker that dies after the effect: the next attempt finds it done', async () => {
    const run = await start();
    let cut = false;
    onStage((_, kind, stage) => {
      if (kind !== 'write' || stage !== 'verified' || cut) return;
      cut = true;
      throw Object.assign(new Error('cut'), { code: 'ECONNRESET' });
    });
    await run.approve();
    expect((await run.result()).outcome).toBe('done');
    expect(cut).toBe(true);
    expect(await amount(world())).toBe(42);
  });

  test.each([
    ['of an unknown name', { gid: 'nope' }, /no prepared transaction with this identifier.*1 are prepared: order-4711/],
    ['that is too young', { olderThan: '1 hour' }, /its client may be about to resolve it/],
  ])('one %s is a condition that does not hold', async (_, wrong, words) => {
    expect(await (await start(wrong)).failure()).toMatchObject({ type: 'PreconditionUnmet', message: expect.stringMatching(words) });
  });

  test('one of another owner is refused in a sentence that names the owner', async () => {
    await prepared(world(), 'postgres');
    expect(await (await start()).failure()).toMatchObject({
      type: 'PreconditionUnmet',
      message: expect.stringMatching(/Only its owner postgres or a superuser may.*COMMIT PREPARED/),
    });
  });

  test('one of another database is refused with the name of that database', async () => {
    await cleared(world());
    const { postgres } = world();
    const other = new Client({ connectionString: postgres.url() });
    await other.connect();
    await other.query(`begin; create table app_elsewhere (); prepare transaction '${input.gid}'`);
    const failure = await (await start()).failure();
    await other.query(`rollback prepared '${input.gid}'`);
    await other.end();
    expect(failure).toMatchObject({ type: 'PreconditionUnmet', message: expect.stringContaining('belongs to the database postgres') });
  });
}

describeRunbook(resolvePreparedTransaction, {
  input,
  majors: [15, 18],
  settings: { max_prepared_transactions: 5 },
  prepare: prepared,
  cancelTakesMs: 6_000,
  happened: async (world) => expect(await amount(world)).toBe(42),
  more,
});

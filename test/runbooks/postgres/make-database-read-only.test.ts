import { Client } from 'pg';
import { makeDatabaseReadOnly } from '../../../workflows/runbooks/postgres/make-database-read-only';
import { describeRunbook, type Given } from '../../support/describe-runbook';
import type { World } from '../../support/world';

async function writable(world: World): Promise<void> {
  await world.admin.query(`alter database shop owner to rb_own; alter database shop reset default_transaction_read_only;
    delete from runbooks.ledger where key <> 'fence'`);
}

async function refused(world: World): Promise<boolean> {
  const client = new Client({ connectionString: world.postgres.url('shop') });
  await client.connect();
  const writes = client.query('update app.shelf set amount = amount').then(
    () => false,
    (error: { code?: string }) => error.code === '25006',
  );
  return writes.finally(() => client.end());
}

function more({ world, start, onStage }: Given): void {
  test('it says how many sessions keep their old setting, and where it is a default only', async () => {
    const run = await start();
    await run.approve();
    expect((await run.result()).summary).toMatch(/sessions that keep their old setting: 1 \(writing: 0\)/);
    expect((await run.report()).advice?.join(' ')).toMatch(/BEGIN READ WRITE.*makeDatabaseWritable/);
  });

  test('where it is read-only already nothing is to be done', async () => {
    await world().admin.query('alter database shop set default_transaction_read_only = true');
    expect(await (await start()).result()).toMatchObject({ outcome: 'nothing to do' });
  });

  test('a login that does not own the database is a condition that does not hold', async () => {
    await world().admin.query('alter database shop owner to postgres');
    expect(await (await start()).failure()).toMatchObject({ type: 'PreconditionUnmet', message: expect.stringContaining('Only the owner of shop') });
  });

  test('a verification that sees it set off again parks, and the roll back leaves what others have set', async () => {
    const run = await start();
    onStage(async (_, kind, stage) => {
      if (kind === 'write' && stage === 'committed') await world().admin.query('alter database shop set default_transaction_read_only = off');
    });
    await run.approve();
    const { parked } = await run.until((now) => now.parked !== null || now.outcome !== null, 'a parked step');
    expect(parked?.failure.type).toBe('VerificationFailed');
    await run.send('rollback', { by: 'olga', reason: 'somebody meddles' });
    const left = await run.until((now) => now.parked?.failure.type === 'ChangedByOthers' || now.outcome !== null, 'the failed undo');
    expect(left.parked?.failure.message).toContain('not ours');
    await run.send('abandon', { by: 'olga', reason: 'seen' });
    await run.failure();
  });
}

describeRunbook(makeDatabaseReadOnly, {
  input: {},
  majors: [15, 18],
  prepare: writable,
  happened: async (world) => expect(await refused(world)).toBe(true),
  more,
});

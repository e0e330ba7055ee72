import { Client } from 'pg';
import { makeDatabaseWritable } from '../../../workflows/runbooks/postgres/make-database-writable';
import { describeRunbook, type Given } from '../../support/describe-runbook';
import type { World } from '../../support/world';

async function readOnly(world: World, before: 'off' | null = null): Promise<void> {
  await world.admin.query(`alter database shop owner to rb_own; alter database shop reset default_transaction_read_only;
    delete from runbooks.ledger where key <> 'fence'`);
  if (before) await world.admin.query(`alter database shop set default_transaction_read_only = ${before}`);
  const run = await world.start('makeDatabaseReadOnly');
  await run.approve();
  await run.result();
  // Sessions of ours that began before would prove nothing: from here on all begin under the read-only default.
  await world.sessions.close();
}

const setting = async (world: World): Promise<string | null> =>
  (
    await world.admin.query<{ config: string }>(
      `select setconfig::text as config from pg_db_role_setting s join pg_database d on d.oid = s.setdatabase where datname = 'shop' and setrole = 0`,
    )
  ).rows[0]?.config ?? null;

async function writes(world: World): Promise<void> {
  const client = new Client({ connectionString: world.postgres.url('shop') });
  await client.connect();
  await client.query('update app.shelf set amount = amount').finally(() => client.end());
}

function more({ world, start }: Given): void {
  test('an explicit setting from before comes back as it was', async () => {
    await readOnly(world(), 'off');
    const run = await start();
    await run.approve();
    await run.result();
    expect(await setting(world())).toBe('{default_transaction_read_only=off}');
  });

  test('where it is writable nothing is to be done', async () => {
    await world().admin.query('alter database shop reset default_transaction_read_only');
    expect(await (await start()).result()).toMatchObject({ outcome: 'nothing to do' });
  });

  test('what somebody else made read-only is left alone', async () => {
    await world().admin.query(`delete from runbooks.ledger where key <> 'fence'`);
    expect(await (await start()).failure()).toMatchObject({ type: 'PreconditionUnmet', message: expect.stringContaining('somebody did it by hand') });
    expect(await setting(world())).toBe('{default_transaction_read_only=on}');
  });

  test('a login that no longer owns the database is a condition that does not hold', async () => {
    await world().admin.query('alter database shop owner to postgres');
    expect(await (await start()).failure()).toMatchObject({ type: 'PreconditionUnmet', message: expect.stringContaining('Only the owner of shop') });
  });
}

describeRunbook(makeDatabaseWritable, {
  input: {},
  majors: [15, 18],
  prepare: readOnly,
  happened: async (world) => {
    expect(await setting(world)).toBeNull();
    await writes(world);
  },
  more,
});

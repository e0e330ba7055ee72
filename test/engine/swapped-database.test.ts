import { Client } from 'pg';
import { startWorld, type World } from '../support/world';

let world: World;
beforeAll(async () => (world = await startWorld()));
afterAll(() => world.stop());

/** Puts a copy of the target's database into its place, under its name. */
async function swap(): Promise<void> {
  const admin = new Client({ connectionString: world.postgres.url('postgres') });
  await admin.connect();
  const alone = `select pg_terminate_backend(pid, 5000) from pg_stat_activity where datname = 'shop'`;
  for (const act of ['create database beside template shop', 'alter database shop rename to before', 'alter database beside rename to shop']) {
    await admin.query(alone);
    await admin.query(act);
  }
  await admin.end();
}

test('an approved plan is not carried out in another database that has taken the name', async () => {
  const run = await world.start('restock');
  await run.until((now) => now.gate !== null, 'a gate');
  await swap();
  await run.approve();
  const { parked } = await run.until((now) => now.parked !== null || now.outcome !== null, 'a parked step');
  expect(parked?.failure).toMatchObject({ type: 'IdentityMismatch', message: expect.stringContaining('another database') });
  await run.send('rollback', { by: 'olga', reason: 'the database was swapped' });
  await run.failure();
  const admin = new Client({ connectionString: world.postgres.url('shop') });
  await admin.connect();
  const { rows } = await admin.query(`select amount from app.shelf where name = 'apples'`);
  await admin.end();
  expect(rows).toEqual([{ amount: 1 }]);
});

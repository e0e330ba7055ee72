import { Client } from 'pg';
import { refreshTview } from '../../../workflows/runbooks/pg-tviews/refresh-tview';
import { describeRunbook, type Given } from '../../support/describe-runbook';
import { DIALECTS, layBed, makeOrdersStale } from '../../support/pg-tviews/beds';
import { differingRows } from '../../support/pg-tviews/differing-rows';
import type { World } from '../../support/world';

/** Until somebody waits for a lock. */
async function waiting(world: World): Promise<void> {
  for (let look = 0; look < 100; look++) {
    if ((await world.admin.query('select from pg_locks where not granted')).rowCount) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('Nobody waits for a lock.');
}

const more = ({ world, start, onStage }: Given): void => {
  test('it asks nobody while readers go on, says what differed, and names what may be stale too', async () => {
    const run = await start();
    const { summary } = await run.result();
    const { advice } = await run.report();
    expect(summary).toBe('tv_order on shop equals its view again: 2 rows were missing or old, 2 surplus, 1 of those ghosts; it has 20 rows now.');
    expect(advice.join(' ')).toContain('diagnoseTviews');
    expect((await run.report()).steps.find((step) => step.verb === 'approve')).toMatchObject({ outcome: 'waived' });
  });

  test('the truncating way asks first, and shows what it holds', async () => {
    const run = await start({ how: 'truncate' });
    await run.until((now) => now.gate !== null, 'the gate');
    expect(await differingRows(world(), 'order')).toBe(2);
    const write = (await run.report()).plan?.steps.find((step) => step.verb === 'apply')?.write;
    expect(write).toMatchObject({
      locks: expect.stringContaining('ACCESS EXCLUSIVE'),
      undo: { none: expect.stringContaining('nothing to go back to') },
    });
    await run.approve();
    expect((await run.result()).outcome).toBe('done');
    expect(await differingRows(world(), 'order')).toBe(0);
  });

  test('one that equals its view needs nothing, unless it is forced', async () => {
    expect(await (await start({ entity: 'customer' })).result()).toMatchObject({ outcome: 'nothing to do', summary: 'It equals its view already.' });
    expect(await (await start({ entity: 'tv_customer', force: true })).result()).toMatchObject({ outcome: 'done' });
  });

  test.each([
    ['an unknown entity', '', { entity: 'nope' }, /knows no entity "nope"\. It knows: .*order/],
    ['a dropped table', 'drop table tv_order', {}, /table of (tv_)?order was dropped.*rebuildTview/],
    ['a dropped view', 'drop view v_order cascade', {}, /view of (tv_)?order was dropped.*rebuildTview/],
    ['an altered table', 'alter table tv_order drop column data', {}, /lacks columns of its view \(data\)/],
    ['a table without a key', 'alter table tv_order drop constraint tv_order_pkey', {}, /Start it again with how "truncate"/],
    [
      'a table that a foreign key references',
      'create table note (id bigint references tv_order)',
      { how: 'truncate' },
      /Start it again with how "rows"/,
    ],
  ])('%s is a sentence with the next step', async (_, statement, input, words) => {
    await world().admin.query(statement);
    expect(await (await start(input)).failure()).toMatchObject({ type: 'PreconditionUnmet', message: expect.stringMatching(words) });
  });

  test('a table that somebody holds is tried again until it is free; its readers never wait longer than one try', async () => {
    const holder = new Client({ connectionString: world().postgres.url('shop') });
    await holder.connect();
    await holder.query('begin; lock table tv_order in row exclusive mode');
    const run = await start({ how: 'truncate' });
    await run.approve();
    await waiting(world());
    await holder.query('rollback');
    await holder.end();
    expect((await run.result()).outcome).toBe('done');
    expect(await differingRows(world(), 'order')).toBe(0);
  });

  test('what differs after the refresh is no success', async () => {
    onStage(async (_, kind, stage) => {
      if (kind === 'write' && stage === 'committed')
        await world().admin.query('alter table tb_order disable trigger user; update tb_order set total = total + 1 where pk_order = 3');
    });
    const run = await start();
    const { parked } = await run.until((now) => now.parked !== null || now.outcome !== null, 'a parked step');
    expect(parked).toMatchObject({ failure: { type: 'VerificationFailed', message: expect.stringContaining('"differing":2') } });
    await run.send('abandon', { by: 'olga', reason: 'seen' });
    await run.failure();
  });
};

for (const dialect of DIALECTS) {
  describeRunbook(refreshTview, {
    variant: dialect,
    input: { entity: 'order' },
    prepare: async (world) => {
      await layBed(world.admin, dialect);
      await makeOrdersStale(world.admin);
    },
    happened: async (world) => expect(await differingRows(world, 'order')).toBe(0),
    more,
  });
}

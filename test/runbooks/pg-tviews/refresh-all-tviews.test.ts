import { refreshAllTviews } from '../../../workflows/runbooks/pg-tviews/refresh-all-tviews';
import { KernelFailure } from '../../../activities/sql/kernel-failure';
import { describeRunbook, type Given } from '../../support/describe-runbook';
import { DIALECTS, layBed, makeOrdersStale, type Dialect } from '../../support/pg-tviews/beds';
import { differingRows } from '../../support/pg-tviews/differing-rows';
import type { RunHandle, World } from '../../support/world';

const applied = async (run: RunHandle): Promise<string[]> =>
  (await run.report()).steps
    .filter(({ verb }) => verb === 'apply')
    .map(({ statements, outcome }) => `${outcome}: ${/tv_\w+/.exec(statements?.join() ?? '')?.[0] ?? ''}`);

async function prepare(world: World, dialect: Dialect): Promise<void> {
  await layBed(world.admin, dialect);
  await makeOrdersStale(world.admin);
  await world.admin.query(
    `alter table tb_customer disable trigger user; update tb_customer set name = 'new' where pk_customer = 1; alter table tb_customer enable trigger user`,
  );
}

const more =
  (dialect: Dialect) =>
  ({ world, start, onStage }: Given): void => {
    const stale = dialect === 'immediate' ? ['tv_customer', 'tv_order', 'tv_item'] : ['tv_customer', 'tv_order'];

    test('refreshes those that differ, each in its own transaction, what others embed first, and asks nobody', async () => {
      const run = await start();
      const { summary } = await run.result();
      expect(summary).toMatch(
        new RegExp(`^${stale.length} of ${stale.length} TVIEWs on shop were refreshed and equal their views; \\d+ rows differed before`),
      );
      expect(await applied(run)).toEqual(stale.map((table) => `done: ${table}`));
    });

    test('what is not stale stays untouched, unless all are wanted', async () => {
      await (await start()).result();
      expect(await (await start()).result()).toMatchObject({
        outcome: 'nothing to do',
        summary: expect.stringContaining('equal their views already'),
      });
      const all = await start({ onlyStale: false });
      await all.result();
      expect(await applied(all)).toHaveLength(stale.length);
    });

    test('a pause between two is a durable wait by the server clock', async () => {
      const run = await start({ pause: '300 milliseconds' });
      expect((await run.result()).outcome).toBe('done');
      const { steps, plan } = await run.report();
      const waits = steps.filter(({ verb }) => verb === 'waitUntil');
      expect(waits).toHaveLength(stale.length - 1);
      expect(waits[0]?.note).toMatch(/reached at look [2-9]/);
      expect(plan?.steps.filter(({ verb }) => verb === 'waitUntil')).toMatchObject([{ times: stale.length - 1 }]);
    });

    test('the truncating way asks once for all', async () => {
      const run = await start({ how: 'truncate' });
      await run.until((now) => now.gate !== null, 'the gate');
      expect(await differingRows(world(), 'order')).toBeGreaterThan(0);
      await run.approve();
      expect((await run.result()).outcome).toBe('done');
      expect((await run.report()).steps.filter(({ verb }) => verb === 'approve')).toHaveLength(1);
      expect(await differingRows(world(), 'order')).toBe(0);
    });

    test('one that fails parks, can be skipped, and is named', async () => {
      let writes = 0;
      onStage((_, kind, stage) => {
        if (kind === 'write' && stage === 'connected') writes++;
        if (kind === 'write' && stage === 'before effect' && writes === 2) throw new KernelFailure('OperationRejected', 'made to fail here');
      });
      const run = await start();
      const { parked } = await run.until((now) => now.parked !== null || now.outcome !== null, 'a parked step');
      expect(parked?.choices).toContain('skip');
      await run.send('skip', { by: 'olga', reason: 'later' });
      const { outcome, summary } = await run.result();
      expect(outcome).toBe('done');
      expect(summary).toMatch(/skipped: (tv_)?order$/);
      expect((await run.report()).advice.join()).toContain('refreshTview');
      expect(await differingRows(world(), 'order')).toBeGreaterThan(0);
    });

    test('more than ten are listed page by page, none twice', async () => {
      for (let i = 10; i < 33; i++) await oneMore(world(), `extra${i}`);
      await world().admin.query(
        'alter table tb_extra32 disable trigger user; insert into tb_extra32 values (1); alter table tb_extra32 enable trigger user',
      );
      const run = await start();
      expect((await run.result()).summary).toContain(`${stale.length + 1} of ${stale.length + 23} TVIEWs`);
      expect((await run.report()).steps.filter(({ title }) => title.startsWith('List the next'))).toHaveLength(3);
      expect(await differingRows(world(), 'extra32')).toBe(0);
    });

    test('more than wanted is refused, never done by half', async () => {
      expect(await (await start({ maxTviews: 1 })).failure()).toMatchObject({
        type: 'PreconditionUnmet',
        message: expect.stringContaining('larger maxTviews'),
      });
    });

    test('what cannot be refreshed this way, and what is broken, is named and stops nothing', async () => {
      await world().admin.query(
        'alter table tv_customer drop constraint tv_customer_pkey; drop view if exists v_item; alter table tv_order add note text',
      );
      const run = await start();
      const { outcome, summary } = await run.result();
      expect(outcome).toBe('done');
      expect(summary).toMatch(/cannot be refreshed by rows: (tv_)?customer$/);
      expect(await differingRows(world(), 'order')).toBe(0);
      if (dialect === 'immediate') expect((await run.report()).advice.join()).toContain('1 TVIEWs have lost their table or view');
    });

    test('one whose table lacks a column is left out of the comparison', async () => {
      await world().admin.query('alter table tv_customer drop column data');
      const { outcome, summary } = await (await start()).result();
      expect(outcome).toBe('done');
      expect(summary).toMatch(/cannot be refreshed by rows: (tv_)?customer$/);
    });
  };

async function oneMore(world: World, entity: string): Promise<void> {
  await world.admin.query(`set search_path = public; create table tb_${entity} (pk_${entity} bigint primary key);
    select make_tview('${entity}', 'select pk_${entity} from public.tb_${entity}', 'tb_${entity}'); reset search_path;
    alter table tv_${entity} owner to rb_own; alter view v_${entity} owner to rb_own; alter table tb_${entity} owner to rb_own;
    grant select on tv_${entity}, v_${entity} to rb_read`);
}

for (const dialect of DIALECTS) {
  describeRunbook(refreshAllTviews, {
    variant: dialect,
    input: { pause: '0 seconds' },
    prepare: (world) => prepare(world, dialect),
    happened: async (world) => {
      for (const entity of ['customer', 'order']) expect(await differingRows(world, entity)).toBe(0);
    },
    more: more(dialect),
  });
}

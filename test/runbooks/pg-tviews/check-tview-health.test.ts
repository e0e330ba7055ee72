import { checkTviewHealth } from '../../../workflows/runbooks/pg-tviews/check-tview-health';
import { watchRefreshQueue } from '../../../workflows/runbooks/pg-tviews/watch-refresh-queue';
import { describeRunbook } from '../../support/describe-runbook';
import { clearBeds, DIALECTS, layBed } from '../../support/pg-tviews/beds';

describe.each(DIALECTS)('the %s interface', (dialect) => {
  describeRunbook(checkTviewHealth, {
    input: { full: true },
    golden: dialect === 'immediate',
    prepare: (world) => layBed(world.admin, dialect),
    more: ({ world, start }) => {
      test('healthy is said only of what is', async () => {
        expect((await (await start()).result()).summary).toMatch(/^Healthy: \d TVIEWs/);
        await world().admin.query(
          `alter table tb_order disable trigger user; update tb_order set total = 0 where pk_order = 1; delete from tb_order where pk_order = 2`,
        );
        const run = await start();
        const { summary } = await run.result();
        expect(summary).toMatch(/^NOT HEALTHY/);
        expect(summary).toMatch(/order: TRIGGERS DISABLED/);
        expect(summary).toMatch(/order \(3 rows differ, 1 ghosts/);
        expect((await run.report()).advice).toContainEqual(expect.stringContaining('refreshAllTviews'));
      });

      test('without pg_tviews it refuses in one sentence', async () => {
        await clearBeds(world().admin);
        expect(await (await start()).failure()).toMatchObject({
          type: 'CapabilityAbsent',
          message: expect.stringContaining('not installed in this database'),
        });
      });
    },
  });
});

describeRunbook(watchRefreshQueue, {
  input: { waitFor: '20 seconds', every: '1 second' },
  prepare: (world) => layBed(world.admin, 'queued'),
  more: ({ world, start }) => {
    test('waits until the queue is small again, and says which views fill it', async () => {
      await world().admin.query(`insert into pg_tviews_internal.queue select 'tv_order' from generate_series(1, 150)`);
      const run = await start();
      await run.until((now) => now.step === 'The queue is small again', 'the wait');
      await world().admin.query('delete from pg_tviews_internal.queue');
      expect((await run.result()).summary).toMatch(/^OK: 0 entries of 0 views on shop.*at first: tv_order 150\./);
      await world().admin.query(`insert into pg_tviews_internal.queue select 'tv_order' from generate_series(1, 150)`);
      const late = await start({ waitFor: '2 seconds' });
      expect((await late.failure()).type).toBe('WaitExhausted');
    });
  },
});

import { clearRefreshQueue } from '../../../workflows/runbooks/pg-tviews/clear-refresh-queue';
import { describeRunbook } from '../../support/describe-runbook';
import { layBed } from '../../support/pg-tviews/beds';
import { staleRows } from '../../support/pg-tviews/states';
import type { World } from '../../support/world';

const queue = async (admin: World['admin']): Promise<unknown[]> =>
  (await admin.query<{ entity_name: string }>('select * from pg_tviews_internal.queue order by 1, 2')).rows;

describeRunbook(clearRefreshQueue, {
  input: { only: 'all' },
  restored: queue,
  prepare: async (world) => {
    await layBed(world.admin, 'queued');
    await world.admin.query(
      `update tb_order set total = total + 1; insert into pg_tviews_internal.queue values ('tv_gone', now() - interval '2 hours')`,
    );
  },
  happened: async ({ admin }) => {
    expect(await queue(admin)).toEqual([]);
    expect((await admin.query('select count(*)::int as kept from pg_tviews_internal.queue_quarantine')).rows).toEqual([{ kept: 21 }]);
    expect(await staleRows(admin)).toBe(0);
  },
  more: ({ world, start }) => {
    test('only the orphans, when that is asked', async () => {
      const run = await start({ only: 'orphaned' });
      await run.approve();
      expect((await run.result()).summary).toBe('1 entries of the queue of shop were quarantined; 20 are left.');
      expect(await queue(world().admin)).toHaveLength(20);
    });
  },
});

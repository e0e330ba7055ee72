import { drainRefreshQueue } from '../../../workflows/runbooks/pg-tviews/drain-refresh-queue';
import { describeRunbook } from '../../support/describe-runbook';
import { layBed } from '../../support/pg-tviews/beds';
import { staleRows, triggerStates } from '../../support/pg-tviews/states';

describeRunbook(drainRefreshQueue, {
  input: { views: 1 },
  restored: triggerStates,
  prepare: async (world) => {
    await layBed(world.admin, 'queued');
    await world.admin.query(
      `update tb_order set total = total + 1; update tb_customer set name = name || '!'; insert into pg_tviews_internal.queue values ('tv_gone', now() - interval '2 hours')`,
    );
  },
  happened: async ({ admin }) => {
    expect((await admin.query('select entity_name from pg_tviews_internal.queue')).rows).toEqual([{ entity_name: 'tv_gone' }]);
    expect(await staleRows(admin)).toBe(0);
  },
  more: ({ world, start, onStage }) => {
    test('what is written while the triggers are paused reaches the views all the same', async () => {
      let written = false;
      onStage(async (operation, kind, stage) => {
        if (operation !== 'refreshQueued' || kind !== 'write' || stage !== 'connected' || written) return;
        written = true;
        await world().admin.query(`insert into tb_order values (500, 1, 5); update tb_customer set name = 'meanwhile' where pk_customer = 1`);
      });
      const run = await start();
      await run.approve();
      expect((await run.result()).outcome).toBe('done');
      expect(written).toBe(true);
      expect(await staleRows(world().admin)).toBe(0);
    });

    test('the released extension has no queue: refused in a sentence', async () => {
      await layBed(world().admin, 'immediate');
      expect(await (await start()).failure()).toMatchObject({ type: 'CapabilityAbsent', message: expect.stringContaining('there is no queue') });
    });
  },
});

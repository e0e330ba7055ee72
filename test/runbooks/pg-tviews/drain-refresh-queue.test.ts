import { drainRefreshQueue } from '../../../workflows/runbooks/pg-tviews/drain-refresh-queue';
import { describeRunbook } from '../../support/describe-runbook';
import { layBed } from '../../support/pg-tviews/beds';
import { staleRows, triggerStates } from '../../support/pg-tviews/states';
import { Writer } from '../../support/pg-tviews/writer';

describeRunbook(drainRefreshQueue, {
  input: { viewsPerRound: 1 },
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

    test('more views than one page holds are all made equal', async () => {
      await world().admin.query('set role rb_own; set search_path = public');
      for (let i = 0; i < 43; i++)
        await world().admin
          .query(`create table tb_more${i} (pk_more${i} int primary key, n int); select make_tview('more${i}', 'select * from public.tb_more${i}', 'tb_more${i}');
          alter table tb_more${i} disable trigger user; insert into tb_more${i} values (1, 1)`);
      await world().admin.query('reset role; reset search_path; grant select on all tables in schema public to rb_read, rb_ctl');
      const run = await start();
      await run.approve();
      expect((await run.result()).summary).toContain('45 TVIEWs are equal to their views');
      expect((await world().admin.query('select (select count(*) from tv_more0)::int + (select count(*) from tv_more42)::int as rows')).rows).toEqual(
        [{ rows: 2 }],
      );
    }, 60_000);

    test('100,000 entries under writers: none lost, none refreshed twice without need, triggers as before', async () => {
      const { admin, postgres } = world();
      const before = await triggerStates(admin);
      await admin.query(
        `insert into pg_tviews_internal.queue select case when i % 2 = 0 then 'tv_order' else 'tv_customer' end, clock_timestamp() from generate_series(1, 100000) i`,
      );
      const writers = [1, 2].map((seed) => new Writer(postgres.url('shop'), seed));
      await Promise.all(writers.map((writer) => writer.begin()));
      const run = await start();
      await run.approve();
      const { outcome, summary, parked } = await run.until((now) => now.outcome !== null || now.parked !== null, 'the end');
      const written = await Promise.all(writers.map((writer) => writer.end()));
      expect([outcome, parked]).toEqual(['done', null]);
      expect(summary).toMatch(/went from 1\d{5} entries to \d+;/);
      expect(Math.min(...written)).toBeGreaterThan(20);
      expect(await triggerStates(admin)).toEqual(before);
      const { rows } = await admin.query('select entity_name, count(*)::int as refreshes from pg_tviews_internal.refresh_log group by 1 order by 1');
      expect(rows).toEqual([
        { entity_name: 'tv_customer', refreshes: 1 },
        { entity_name: 'tv_order', refreshes: 1 },
      ]);
      // What the writers wrote after the triggers were back is queued; worked off, nothing is missing.
      for (const view of ['tv_customer', 'tv_order'])
        await admin.query('set search_path = public; select public.pg_tviews_refresh($1)'.replace('$1', `'${view}'`));
      expect(await staleRows(admin)).toBe(0);
    }, 90_000);

    test('the released extension has no queue: refused in a sentence', async () => {
      await layBed(world().admin, 'immediate');
      expect(await (await start()).failure()).toMatchObject({ type: 'CapabilityAbsent', message: expect.stringContaining('there is no queue') });
    });
  },
});

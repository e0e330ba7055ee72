import { measureTviewPerformance } from '../../../workflows/runbooks/pg-tviews/measure-tview-performance';
import { describeRunbook, type Given } from '../../support/describe-runbook';
import { clearBeds, DIALECTS, layBed } from '../../support/pg-tviews/beds';

const adviceOf = async (start: Given['start'], input: object = {}): Promise<string> => {
  const run = await start(input);
  expect((await run.result()).outcome).toBe('done');
  return ((await run.report()).advice ?? []).join('\n');
};

describe.each(DIALECTS)('on the %s interface', (dialect) => {
  describeRunbook(measureTviewPerformance, {
    input: { slowMs: 1, sequentialRows: 1 },
    settings: { shared_preload_libraries: 'pg_stat_statements', autovacuum: 'off' },
    prepare: async ({ admin }) => {
      await admin.query('drop extension if exists pg_stat_statements');
      await layBed(admin, dialect);
      await admin.query(`select count(*) from tv_order; select pg_stat_force_next_flush()`);
    },
    more: ({ world, start }) => {
      test('sequential scans, unread tables and what is missing are said; nothing of it is a failure', async () => {
        await world().admin.query(
          'select pg_stat_reset(); set enable_indexscan = off; select * from tv_customer; reset enable_indexscan; select pg_stat_force_next_flush()',
        );
        const advice = await adviceOf(start);
        expect(advice).toMatch(/public\.tv_customer: 5 rows were read in 1 sequential scans/);
        expect(advice).toMatch(/Never read since the statistics began: .*public\.tv_order/);
        expect(advice).toContain('pg_stat_statements is not installed');
        if (dialect === 'immediate') expect(advice).toContain('records no refresh times');
      });

      test('many dead rows lead to maintenance', async () => {
        await world().admin
          .query(`set session_replication_role = replica; do $$ begin for i in 1..60 loop update tv_order set data = data; end loop; end $$;
          reset session_replication_role; select pg_stat_force_next_flush()`);
        expect(await adviceOf(start)).toMatch(/Many dead rows: public\.tv_order\. runbook start maintainTviews/);
      });

      test('slow refreshes and the costliest statement are named where they are recorded', async () => {
        await world().admin.query(
          'create extension pg_stat_statements; select pg_stat_statements_reset(); select count(*), pg_sleep(0.2) from tv_order',
        );
        if (dialect === 'queued')
          await world().admin.query(`update pg_tviews_metadata set last_refresh_duration_ms = 4711 where entity_name = 'tv_order'`);
        const advice = await adviceOf(start);
        expect(advice).toMatch(/Most time in all: .*tv_order/);
        if (dialect === 'queued') expect(advice).toContain('The last refresh of tv_order took 4711 ms');
      });

      test('a database without pg_tviews is refused in a sentence', async () => {
        await clearBeds(world().admin);
        expect(await (await start()).failure()).toMatchObject({ type: 'CapabilityAbsent', message: expect.stringContaining('not installed') });
      });
    },
  });
});

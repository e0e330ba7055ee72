import { Client } from 'pg';
import { diagnoseTviews } from '../../../workflows/runbooks/pg-tviews/diagnose-tviews';
import { REPLACED } from '../../../activities/pg-tviews/trigger-handler';
import { describeRunbook, type Given } from '../../support/describe-runbook';
import { clearBeds, DIALECTS, layBed, makeOrdersStale, type Dialect } from '../../support/pg-tviews/beds';
import { dropExtension } from '../../support/pg-tviews/dropped-extension';

interface Told {
  readonly summary: string;
  readonly advice: string;
}

const more =
  (dialect: Dialect) =>
  ({ world, start }: Given): void => {
    const immediate = dialect === 'immediate';
    const diagnosed = async (input: object = {}): Promise<Told> => {
      const run = await start(input);
      const { summary } = await run.result();
      return { summary, advice: (await run.report()).advice.join('\n') };
    };
    const handler = immediate ? 'public.tview_trigger_handler()' : 'pg_tviews_internal.enqueue()';
    const meta = immediate ? 'pg_tview_meta' : 'pg_tviews_metadata';

    test('where all is well it says among how many, and gives no advice', async () => {
      const { summary, advice } = await diagnosed();
      expect(summary).toBe(`Nothing is wrong among ${immediate ? '3 TVIEWs and 3' : '2 TVIEWs and 2'} triggers on shop.`);
      expect(advice).toBe('');
    });

    test.each<[trouble: string, statement: string, advice: RegExp]>([
      [
        'stale rows',
        'alter table tb_order disable trigger user; update tb_order set total = 0; alter table tb_order enable trigger user',
        /order: stale rows; 20 of its view .* refreshTview/,
      ],
      ['triggers disabled', 'alter table tb_order disable trigger user', /order: triggers disabled; .* restoreRefreshTriggers/],
      ['triggers missing', `drop trigger ${immediate ? 'trg_tview_order_on_tb_order' : 'pg_tviews_order'} on tb_order`, /order: triggers missing/],
      [
        'refreshing switched off',
        `create or replace function ${handler} returns trigger language plpgsql as 'begin /* ${REPLACED} */ return null; end'`,
        /refreshing switched off.*saved definition/,
      ],
      ['metadata lost', `delete from ${meta}`, /pg_tviews, all of it: metadata lost; [23] triggers stand .* such as public\.tb_/],
      ['table missing', 'drop table tv_order', /order: table missing; .* rebuildTview/],
      ['view missing', 'drop view v_order cascade', /order: view missing; .* rebuildTview/],
      ['altered table', 'alter table tv_order drop column data', /order: altered table; tv_order lacks columns of its view: data/],
    ])('%s is found, with the next step', async (trouble, statement, words) => {
      await world().admin.query(statement);
      const { summary, advice } = await diagnosed();
      expect(summary).toContain(trouble);
      expect(advice).toMatch(words);
    });

    test('ghosts are found; in the immediate interface with the parents whose cascade they end', async () => {
      await makeOrdersStale(world().admin);
      const { advice } = await diagnosed();
      expect(advice).toMatch(/order: ghosts; 1 rows/);
      if (immediate) {
        expect(advice).toMatch(/customer: poisoned cascade; the ghosts in order .* refresh order first/);
        expect(advice).toMatch(/order: poisoned cascade; the ghosts in item/);
      }
    });

    test('without the comparison it says that it did not compare', async () => {
      await makeOrdersStale(world().admin);
      const { summary } = await diagnosed({ compare: false });
      expect(summary).toMatch(/^Nothing is wrong .*; the TVIEWs were not compared with their views\.$/);
    });

    test('a prepared transaction that holds a tv_ table is named, although it has no pid', async () => {
      await world().admin.query(`begin; update tv_order set data = data; prepare transaction 'left behind'`);
      const { advice } = await diagnosed();
      await world().admin.query(`rollback prepared 'left behind'`);
      expect(advice).toMatch(
        /left behind: prepared transaction; prepared \d+ s ago, holds RowExclusiveLock on (tv_)?order; .* resolvePreparedTransaction/,
      );
    });

    test('a long refresh and a long writer are told apart; a short one is none', async () => {
      const holder = new Client({ connectionString: world().postgres.url('shop'), application_name: 'nightly' });
      await holder.connect();
      await holder.query('begin; update tv_customer set data = data');
      await new Promise((resolve) => setTimeout(resolve, 50));
      expect((await diagnosed({ compare: false })).summary).toContain('Nothing is wrong');
      const writer = await diagnosed({ longerThan: '20 milliseconds', compare: false });
      await holder.query('lock table tv_customer');
      const refresh = await diagnosed({ longerThan: '20 milliseconds', compare: false });
      await holder.query('rollback');
      await holder.end();
      expect(writer.advice).toMatch(/long writer; .*nightly.*idle in transaction.*relieveConnectionExhaustion/);
      expect(refresh.advice).toMatch(/long refresh; .*AccessExclusiveLock/);
    });

    test('an extension that was dropped before its triggers: the writes that fail are named, and probing refuses nothing', async () => {
      await dropExtension(world().admin, dialect);
      const { summary, advice } = await diagnosed();
      expect(summary).toContain('every write fails, metadata gone');
      expect(advice).toMatch(/public\.tb_customer, .*public\.tb_order: every write fails; .*need (tview_refresh_row|queue), .*dropOrphanedTriggers/);
    });

    test('a database without any of it has nothing to diagnose', async () => {
      await clearBeds(world().admin);
      expect(await (await start()).result()).toMatchObject({ outcome: 'nothing to do', summary: expect.stringContaining('not in this database') });
    });

    if (immediate) {
      test('ten dependants of one row are too many for a write, nine are not', async () => {
        await world().admin.query('insert into tb_item select 100 + i, 1, 1 from generate_series(1, 7) i');
        expect((await diagnosed({ compare: false })).summary).toContain('Nothing is wrong');
        await world().admin.query('insert into tb_item values (200, 1, 1)');
        const { advice } = await diagnosed({ compare: false });
        expect(advice).toMatch(/order: writes fail \(42601\); 1 of its rows have 10 or more dependants in item, the widest 10/);
        await expect(world().admin.query('update tb_order set total = 5 where pk_order = 1')).rejects.toMatchObject({ code: '42601' });
      });
    } else {
      test('a long queue, its orphans, a failed and a slow refresh are found', async () => {
        await world().admin.query(`insert into pg_tviews_internal.queue values ('tv_gone', now() - interval '2 hours');
          update pg_tviews_metadata set last_error = 'disk full' where entity_name = 'tv_order'; update pg_tviews_metadata set last_refresh_duration_ms = 90000 where entity_name = 'tv_customer'`);
        const { advice } = await diagnosed();
        for (const words of [
          /long queue; 1 entries .* CRITICAL.* drainRefreshQueue/,
          /orphaned entries; 1 entries/,
          /tv_order: failed refresh; disk full/,
          /tv_customer: slow refresh; 90000 ms/,
        ])
          expect(advice).toMatch(words);
      });
    }
  };

for (const dialect of DIALECTS) {
  describeRunbook(diagnoseTviews, {
    variant: dialect,
    input: {},
    majors: dialect === 'immediate' ? [15, 18] : [18],
    settings: { max_prepared_transactions: 4 },
    prepare: (world) => layBed(world.admin, dialect),
    happened: async (_, run) => expect((await run.result()).outcome).toBe('done'),
    more: more(dialect),
  });
}

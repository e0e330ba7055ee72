import { Client } from 'pg';
import { dropOrphanedTriggers } from '../../../workflows/runbooks/pg-tviews/drop-orphaned-triggers';
import { describeRunbook, type Given } from '../../support/describe-runbook';
import { clearBeds, DIALECTS, layBed, type Dialect } from '../../support/pg-tviews/beds';
import { dropExtension } from '../../support/pg-tviews/dropped-extension';
import type { World } from '../../support/world';

const WRITE = `update tb_customer set name = 'written' where pk_customer = 1`;
const FAILS: Record<Dialect, string> = { immediate: '42883', queued: '42P01' };

const triggers = async (world: World): Promise<unknown[]> =>
  (await world.admin.query(`select tgname, tgenabled, pg_get_triggerdef(oid) from pg_trigger where not tgisinternal order by 1`)).rows as unknown[];

const more =
  (dialect: Dialect) =>
  ({ world, start, onStage }: Given): void => {
    test('writes fail before, and a rollback brings the triggers back in their states, one disabled and one for replicas too', async () => {
      await expect(world().admin.query(WRITE)).rejects.toMatchObject({ code: FAILS[dialect] });
      const name = dialect === 'immediate' ? 'trg_tview_customer_on_tb_customer' : 'pg_tviews_customer';
      await world().admin.query(`alter table tb_order disable trigger user; alter table tb_customer enable replica trigger ${name}`);
      const before = await triggers(world());
      const run = await start();
      onStage(async (_, kind, stage) => {
        if (kind === 'write' && stage === 'committed') await run.send('pause', { by: 'olga' });
      });
      await run.approve();
      await run.until((now) => now.paused !== null, 'the pause');
      expect(await triggers(world())).toEqual([]);
      await run.send('rollback', { by: 'olga', reason: 'no' });
      await run.failure();
      expect(await triggers(world())).toEqual(before);
    });

    test('a trigger whose function is whole stays, whatever it is called', async () => {
      await world().admin.query(`create function whole() returns trigger language plpgsql as 'begin return null; end';
        create trigger pg_tviews_mine after insert on tb_customer for each row execute function whole()`);
      const run = await start();
      await run.approve();
      await run.result();
      expect(await triggers(world())).toMatchObject([{ tgname: 'pg_tviews_mine' }]);
    });

    test('a table that cannot be locked is named, the others are done, and a retry does the rest', async () => {
      const reader = new Client({ connectionString: world().postgres.url('shop') });
      await reader.connect();
      await reader.query('begin; select from tb_customer');
      const run = await start();
      await run.approve();
      const { parked } = await run.until((now) => now.parked !== null || now.outcome !== null, 'a parked step');
      expect(parked?.failure).toMatchObject({ type: 'VerificationFailed', message: expect.stringContaining('on public.tb_customer') });
      await reader.query('rollback');
      await reader.end();
      await run.send('retry', { by: 'olga' });
      expect((await run.result()).outcome).toBe('done');
    }, 60_000);

    test('where pg_tviews is whole, or not there, nothing is to be done', async () => {
      await layBed(world().admin, dialect);
      expect(await (await start()).result()).toMatchObject({ outcome: 'nothing to do' });
      await clearBeds(world().admin);
      expect(await (await start()).result()).toMatchObject({ outcome: 'nothing to do' });
    });
  };

for (const dialect of DIALECTS) {
  describeRunbook(dropOrphanedTriggers, {
    variant: dialect,
    input: {},
    prepare: async (world) => {
      await layBed(world.admin, dialect);
      await dropExtension(world.admin, dialect);
    },
    happened: async (world) => {
      await world.admin.query(WRITE);
      expect(await triggers(world)).toEqual([]);
    },
    more: more(dialect),
  });
}

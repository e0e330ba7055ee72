import { Client } from 'pg';
import { disableRefreshTriggers } from '../../../workflows/runbooks/pg-tviews/disable-refresh-triggers';
import { describeRunbook } from '../../support/describe-runbook';
import { DIALECTS, layBed } from '../../support/pg-tviews/beds';
import { triggerStates } from '../../support/pg-tviews/states';

describe.each(DIALECTS)('the %s interface', (dialect) => {
  describeRunbook(disableRefreshTriggers, {
    input: {},
    golden: dialect === 'immediate',
    prepare: (world) => layBed(world.admin, dialect),
    happened: async ({ admin }) => expect((await triggerStates(admin)).filter((state) => state.includes(' O')).length).toBe(0),
    more: ({ world, start }) => {
      test('break-glass: no gate, but a name and a reason, which stand first in the report', async () => {
        await expect((await start({ breakGlass: true })).failure()).resolves.toMatchObject({
          type: 'InvalidInput',
          message: expect.stringContaining('needs a reason'),
        });
        const run = await start({ breakGlass: true, reason: 'writes hang' });
        expect((await run.result()).outcome).toBe('done');
        const { breakGlass, reason, steps, decisions } = await run.report();
        expect({ breakGlass, reason, decisions }).toEqual({ breakGlass: true, reason: 'writes hang', decisions: [] });
        expect(steps).toContainEqual(
          expect.objectContaining({ verb: 'approve', outcome: 'waived', note: expect.stringContaining('started by rita, because: writes hang') }),
        );
      });

      test('break-glass is refused where the header does not allow it, and from an alert', async () => {
        const given = { breakGlass: true, reason: 'writes hang' };
        const other = await world().start('restoreRefreshTriggers', given);
        await expect(other.failure()).resolves.toMatchObject({
          message: expect.stringContaining('the approval of restoreRefreshTriggers cannot be waived'),
        });
        await expect((await start({ ...given, episode: 'alert-1' })).failure()).resolves.toMatchObject({
          message: expect.stringContaining('only a person may do that'),
        });
      });

      test('a table that stays locked: skipped, then the trigger function is replaced, and all of it is rolled back by name', async () => {
        const before = await triggerStates(world().admin);
        const writer = new Client({ connectionString: world().postgres.url('shop') });
        await writer.connect();
        await writer.query(`begin; insert into tb_customer values (77, 'x')`);
        const run = await start();
        await run.approve();
        const { parked } = await run.until((now) => now.parked !== null, 'the table that cannot be locked');
        expect(parked?.failure.message).toContain('public.tb_customer');
        await run.send('skip', { by: 'olga', reason: 'not in time' });
        await run.until((now) => now.gate?.title === 'Some tables could not be locked', 'the second way');
        await run.approve('olga', { choice: 'replace the trigger function' });
        const result = await run.result();
        expect(result.summary).toContain('the trigger function does nothing');
        await writer.query('rollback');
        await writer.end();
        const restore = await world().start('restoreRefreshTriggers');
        await restore.approve();
        await restore.result();
        expect(await triggerStates(world().admin)).toEqual(before);
      }, 90_000);

      test('triggers that were disabled before stay so after the restore', async () => {
        await world().admin.query('alter table tb_customer disable trigger user');
        const before = await triggerStates(world().admin);
        const run = await start();
        await run.approve();
        await run.result();
        await world().admin.query(`update tb_order set total = 0 where pk_order = 3`);
        const restore = await world().start('restoreRefreshTriggers');
        await restore.approve();
        expect((await restore.result()).outcome).toBe('done');
        expect(await triggerStates(world().admin)).toEqual(before);
      });
    },
  });
});

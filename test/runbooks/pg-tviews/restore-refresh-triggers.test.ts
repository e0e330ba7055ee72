import { restoreRefreshTriggers } from '../../../workflows/runbooks/pg-tviews/restore-refresh-triggers';
import { describeRunbook } from '../../support/describe-runbook';
import { effectOf, answerOf } from '../../support/exercise-operation';
import { DIALECTS, layBed } from '../../support/pg-tviews/beds';
import { staleRows, triggerStates } from '../../support/pg-tviews/states';

describe.each(DIALECTS)('the %s interface', (dialect) => {
  describeRunbook(restoreRefreshTriggers, {
    input: {},
    golden: dialect === 'immediate',
    restored: triggerStates,
    prepare: async (world) => {
      await layBed(world.admin, dialect);
      await effectOf(world, 'disableRefreshTriggers', { on: await answerOf(world, 'probeTviews', {}) }).act();
      await world.admin.query(`update tb_order set total = 0 where pk_order = 3; delete from tb_order where pk_order = 4`);
    },
    happened: async ({ admin }) => {
      expect((await triggerStates(admin)).filter((state) => / [DRA]$/.test(state))).toEqual([]);
      expect(await staleRows(admin)).toBe(0);
    },
  });
});

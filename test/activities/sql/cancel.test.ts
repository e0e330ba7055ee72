import { perform } from '../../../activities/effects/perform';
import { sqlEffect } from '../../../activities/effects/sql-effect';
import { attemptNumber, type Stage } from '../../../activities/effects/attempt';
import { setAmount, setClusterSetting } from '../../support/operations';
import { startWorld, type World } from '../../support/world';

let world: World;
beforeAll(async () => {
  world = await startWorld();
  await world.admin
    .query(`grant select on pg_file_settings to rb_read, rb_ctl; grant execute on function pg_show_all_file_settings() to rb_read, rb_ctl;
    grant alter system on parameter work_mem to rb_ctl`);
});
afterAll(() => world.stop());

const STAGES: Stage[] = ['connected', 'claimed', 'before effect'];
const slowly = { target: 'shop', name: 'apples', amount: 10, sleep: 5 };
let runs = 0;

/** Writes, and is cancelled at a stage: between two statements, when the server has nothing to cancel. */
function cancelledAt(stage: Stage, name: string, operation: never, input: object): Promise<unknown> {
  const cancel = new AbortController();
  const id = `cancel${++runs}`;
  const step = { workflowId: id, firstRunId: id, runbook: 'count', step: 'Set#1', stepNumber: 1 };
  // The cancel request has time to find a server that waits for the next statement.
  const at = async (now: Stage): Promise<void> => {
    if (now !== stage) return;
    cancel.abort();
    await new Promise((resolve) => setTimeout(resolve, 100));
  };
  const order = { kind: 'write' as const, input: input as { target: string }, step, effectKey: `${id}/1`, token: 1, buildsOn: [] };
  return perform(sqlEffect(world.sessions, { name, operation }), order, attemptNumber(1, { signal: cancel.signal, at }));
}

test.each(STAGES)('a write in a transaction that is cancelled when it is %s sends nothing more', async (stage) => {
  const began = performance.now();
  await expect(cancelledAt(stage, 'setAmount', setAmount as never, slowly)).rejects.toThrow();
  expect(performance.now() - began).toBeLessThan(3_000);
  const { rows } = await world.admin.query(`select amount from app.shelf where name = 'apples'`);
  expect(rows).toEqual([{ amount: 1 }]);
});

test.each(STAGES)('a write outside a transaction that is cancelled when it is %s sends nothing more', async (stage) => {
  await expect(cancelledAt(stage, 'setClusterSetting', setClusterSetting as never, { target: 'shop', value: '7MB' })).rejects.toThrow();
  const { rows } = await world.admin.query(`select setting from pg_file_settings where name = 'work_mem' and sourcefile like '%auto.conf'`);
  expect(rows).toEqual([]);
});

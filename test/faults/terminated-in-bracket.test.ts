import { checkerOf } from '../support/crash-checker';
import { startCrashWorld, type CrashWorld } from '../support/crash-world';

let world: CrashWorld;
beforeAll(async () => {
  world = await startCrashWorld([{ targets: ['shop'] }]);
  await world.worker();
});
afterAll(() => world.stop());

test('a run terminated inside a bracket keeps the lock until it is recovered, and the next run says so', async () => {
  const checker = checkerOf(await world.admin('shop'));
  const run = await world.start('bracket', 'shop', { wait: '5 minutes' });
  await run.until((now) => now.step === 'Wait', 'the wait inside the bracket');
  await run.handle.terminate('nobody knows why');
  expect(await checker.amounts()).toEqual({ apples: 0, pears: 5, plums: 0 });

  const next = await world.start('count', 'shop', { times: 2 });
  const { waitingForLock } = await next.until((now) => now.waitingForLock?.includes('clean-up') ?? false, 'the wait for clean-up');
  expect(waitingForLock).toContain('Apples set aside');
  expect(waitingForLock).toContain(`runbook recover ${run.id}`);
  expect(await checker.ledger()).toEqual(['done', 'done']);

  const args = [{ run: run.id, by: 'olga', reason: 'it was terminated' }];
  const recovery = await world.client.workflow.start('recoverRun', { workflowId: `recover/${run.id}`, taskQueue: 'runbooks', args });
  expect(await recovery.result()).toMatchObject({ outcome: 'done', summary: expect.stringContaining('2 changes undone') as string });
  expect((await next.result()).outcome).toBe('done');
  expect(await checker.amounts()).toEqual({ apples: 3, pears: 2, plums: 0 });
  expect(await checker.ledger()).toEqual(['undone', 'undone', 'done', 'done']);
  expect(await checker.busy()).toEqual([]);
});

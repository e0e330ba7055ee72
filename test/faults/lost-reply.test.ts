import { checkerOf } from '../support/crash-checker';
import { startCrashWorld, type CrashWorld } from '../support/crash-world';
import { startCutProxy, type CutProxy } from '../support/tcp-proxy';

let world: CrashWorld;
let proxy: CutProxy;
beforeAll(async () => {
  const through = async (port: number): Promise<number> => (proxy = await startCutProxy(port)).port;
  world = await startCrashWorld([{ targets: ['lost'], through }]);
  await world.worker();
});
beforeEach(async () => {
  const admin = await world.admin('lost');
  await admin.query(`delete from runbooks.ledger where state <> 'fence'; update app.shelf set amount = 1 where name = 'apples'`);
  await admin.query('alter system reset all');
});
afterAll(async () => {
  await world.stop();
  await proxy.close();
});

const FOUND = expect.stringContaining('reply was lost') as string;
const run = async (runbook: string, input: object, id: string) => {
  const before = proxy.cuts();
  const started = await world.start(runbook, 'lost', input, id);
  const { outcome } = await started.result();
  const steps = (await started.report()).steps.filter(({ verb, outcome }) => verb === 'apply' && outcome === 'done');
  return { outcome, steps, cuts: proxy.cuts() - before };
};
const checker = async () => checkerOf(await world.admin('lost'));

test('a transaction whose COMMIT is done and not answered is found, not repeated, and the step says so', async () => {
  proxy.arm('after commit');
  const { outcome, steps, cuts } = await run('count', { times: 2 }, 'count/after');
  expect([outcome, cuts]).toEqual(['done', 1]);
  expect(steps.map(({ note, rows }) => [note, rows])).toEqual([
    [FOUND, 1],
    [undefined, 1],
  ]);
  expect(steps[0]).toMatchObject({ evidence: { login: 'rb_own', xid: expect.stringMatching(/^\d+$/) as string }, verified: 'apples = 2' });
  expect((await (await checker()).amounts())['apples']).toBe(3);
  expect(await (await checker()).ledger()).toEqual(['done', 'done']);
});

test('a transaction whose COMMIT never arrives is made again', async () => {
  proxy.arm('before commit');
  const { outcome, steps, cuts } = await run('count', { times: 1 }, 'count/before');
  expect([outcome, cuts]).toEqual(['done', 1]);
  expect(steps.map(({ note }) => note)).toEqual([undefined]);
  expect((await (await checker()).amounts())['apples']).toBe(2);
  expect(await (await checker()).ledger()).toEqual(['done']);
});

test.each([
  ['the claim', 'after commit', 1, undefined],
  ['the claim', 'before commit', 1, undefined],
  ['the last look before the statement', 'after commit', 2, undefined],
  ['the mark "done"', 'after commit', 3, FOUND],
  ['the mark "done"', 'before commit', 3, undefined],
] as const)('outside a transaction: the COMMIT of %s is cut %s', async (_, cut, nth, note) => {
  proxy.arm(cut, nth);
  const { outcome, steps, cuts } = await run('settings', { value: '6MB' }, `settings/${nth}-${cut}`);
  expect([outcome, cuts]).toEqual(['done', 1]);
  expect(steps.map((step) => step.note)).toEqual([note]);
  expect(await (await checker()).setting()).toBe('6MB');
  expect(await (await checker()).ledger()).toEqual(['done']);
  const { rows } = await (await world.admin('lost')).query<{ before: unknown }>(`select before from runbooks.ledger where state = 'done'`);
  expect(rows).toEqual([{ before: [{ value: '' }] }]);
});

test.each(['after commit', 'before commit'] as const)('an undo whose COMMIT is cut %s is undone once', async (cut) => {
  proxy.arm(cut, 3);
  const { outcome, cuts } = await run('bracket', {}, `bracket/${cut}`);
  expect([outcome, cuts]).toEqual(['done', 1]);
  expect(await (await checker()).amounts()).toMatchObject({ apples: 1, pears: 5 });
  expect(await (await checker()).ledger()).toEqual(['undone', 'done']);
});

test('nothing of ours is left running', async () => expect(await (await checker()).busy()).toEqual([]));

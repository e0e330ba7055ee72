import type { Stage } from '../../activities/effects/attempt';
import { checkerOf } from '../support/crash-checker';
import type { CrashRule } from '../support/crash-rule';
import { startCrashWorld, type CrashWorld } from '../support/crash-world';
import type { RunHandle } from '../support/world';
import { ballast, idleClients, type IdleClient } from './idle-clients';

const IN_TRANSACTION: Stage[] = ['connected', 'claimed', 'before effect', 'effect sent', 'before commit', 'committed'];
const OUTSIDE: Stage[] = ['connected', 'claimed', 'before effect', 'effect sent', 'verified', 'committed'];
const UNDO: Stage[] = ['connected', 'before effect', 'before effect', 'effect sent', 'before commit', 'committed'];
const LANES = [0, 1, 2, 3, 4, 5];
const lanes = (name: string): string[] => LANES.map((lane) => `${name}-${lane}`);

// One lane, a database of its own, for each operation and stage: so one kill cuts all operations at all stages at once.
const rules = (name: string, runbook: string, stages: readonly Stage[], rule: Omit<CrashRule, 'run' | 'stage'>): CrashRule[] =>
  LANES.map((lane) => ({ run: `${runbook}/${name}-${lane}`, stage: stages[lane] as Stage, ...rule }));
const inTheMiddle = (rule: CrashRule): CrashRule => (['before effect', 'effect sent'].includes(rule.stage) ? { ...rule, nth: 2 } : rule);
// A second attempt finds what the first has marked done, and commits nothing more.
const again = (stages: readonly Stage[]): Stage[] => stages.map((stage) => (stage === 'committed' ? 'claimed' : stage));

const FIRST_KILL: CrashRule[] = [
  ...rules('add', 'count', IN_TRANSACTION, { operation: 'addOne' }),
  ...rules('set', 'bracket', IN_TRANSACTION, { operation: 'setAmount', nth: 2 }),
  ...rules('conf', 'settings', OUTSIDE, { operation: 'setClusterSetting' }),
  ...rules('idle', 'relieveConnectionExhaustion', OUTSIDE, { operation: 'terminateIdleSessions' }).map(inTheMiddle),
  ...rules('ext', 'upgradeExtension', IN_TRANSACTION, { operation: 'tryExtensionUpdate' }),
];
const SECOND_KILL: CrashRule[] = [
  ...rules('add', 'count', IN_TRANSACTION, { operation: 'addOne', attempt: 2 }),
  ...rules('set', 'bracket', UNDO, { operation: 'setAmount', kind: 'undo' }),
  ...rules('conf', 'settings', again(OUTSIDE), { operation: 'setClusterSetting', attempt: 2 }),
  ...rules('idle', 'relieveConnectionExhaustion', again(OUTSIDE), { operation: 'terminateIdleSessions', attempt: 2 }).map(inTheMiddle),
  ...rules('ext', 'upgradeExtension', IN_TRANSACTION, { operation: 'updateExtensionPermanently' }),
];

let world: CrashWorld;
let dropBallast: () => Promise<void>;
const clients = new Map<string, IdleClient[]>();
const runs = new Map<string, RunHandle>();
const runsOf = (name: string): RunHandle[] => lanes(name).map((lane) => runs.get(lane) as RunHandle);

beforeAll(async () => {
  world = await startCrashWorld([
    { targets: [...lanes('add'), ...lanes('set'), ...lanes('ext')], settings: { max_connections: 300 } },
    { targets: lanes('idle'), settings: { max_connections: 160 } },
    ...lanes('conf').map((target) => ({ targets: [target], ownIdentity: true })),
  ]);
  const relief = world.servers[1] as (typeof world.servers)[number];
  dropBallast = await ballast(relief, 60);
  for (const lane of lanes('idle')) clients.set(lane, await idleClients(relief, lane, 3));
}, 120_000);
afterAll(async () => {
  await Promise.all([...clients.values()].flat().map((client) => client.close()));
  await world.stop();
});

test('every run ends well, although its worker is killed twice inside its writes', async () => {
  const first = await world.worker(FIRST_KILL);
  const start = (name: string, runbook: string, input: object): Promise<unknown> =>
    Promise.all(lanes(name).map(async (lane) => runs.set(lane, await world.start(runbook, lane, input))));
  await Promise.all([
    start('add', 'count', { times: 2 }),
    start('set', 'bracket', {}),
    start('conf', 'settings', { value: '5MB' }),
    start('idle', 'relieveConnectionExhaustion', {
      freeSlots: 100,
      idleInTransactionLongerThan: '1 second',
      idleLongerThan: '1 second',
      maxRounds: 1,
    }),
    start('ext', 'upgradeExtension', { extension: 'pg_trgm', to: '1.6' }),
  ]);
  await Promise.all([...runsOf('idle'), ...runsOf('ext')].map((run) => run.approve()));
  await first.died();

  const second = await world.worker(SECOND_KILL);
  await Promise.all(runsOf('ext').map((run) => run.approve()));
  await second.died();

  await world.worker();
  await Promise.all(runsOf('idle').map((run) => run.until((now) => now.parked !== null, 'the verification that waits for free slots')));
  await dropBallast();
  await Promise.all(runsOf('idle').map((run) => run.send('retry', { by: 'olga' })));
  for (const run of runs.values()) expect((await run.until((now) => now.outcome !== null, `the end of ${run.id}`)).outcome).toBe('done');
}, 240_000);

const checked = async (name: string, lane: number) => checkerOf(await world.admin(`${name}-${lane}`));

test('every history replays', async () => {
  for (const run of runs.values()) await expect(world.replay(run)).resolves.toBeUndefined();
});

test.each(LANES)('addOne, killed twice at a stage, has added one (stage %#)', async (lane) => {
  const checker = await checked('add', lane);
  expect(await checker.amounts()).toEqual({ apples: 3, pears: 2, plums: 0 });
  expect(await checker.ledger()).toEqual(['done', 'done']);
});

test.each(LANES)('setAmount, killed in the write and in the undo, is as it should be (stage %#)', async (lane) => {
  const checker = await checked('set', lane);
  expect(await checker.amounts()).toEqual({ apples: 1, pears: 5, plums: 0 });
  expect(await checker.ledger()).toEqual(['undone', 'done']);
});

test.each(LANES)('ALTER SYSTEM, killed twice at a stage, remembers the value from before the first attempt (stage %#)', async (lane) => {
  const checker = await checked('conf', lane);
  expect(await checker.setting()).toBe('5MB');
  expect(await checker.ledger()).toEqual(['done']);
  const { rows } = await (await world.admin(`conf-${lane}`)).query<{ before: unknown }>(`select before from runbooks.ledger where state = 'done'`);
  expect(rows[0]?.before).toEqual([{ value: '' }]);
});

test.each(LANES)('terminateIdleSessions, killed twice at a stage, has ended each chosen session once (stage %#)', async (lane) => {
  const checker = await checked('idle', lane);
  const ended = (clients.get(`idle-${lane}`) ?? []).map((client) => [client.kind, client.ended()]);
  expect(ended).toEqual([
    ...Array.from({ length: 3 }, () => [
      ['idle', 1],
      ['idle in transaction', 1],
    ]).flat(),
    ['protected', 0],
  ]);
  expect(await checker.ledger()).toEqual(['done', 'done']);
  const { rows } = await (
    await world.admin(`idle-${lane}`)
  ).query<{ chosen: number; different: number }>(
    `select count(*)::int as chosen, count(distinct (s ->> 'pid', s ->> 'backendStart'))::int as different
       from runbooks.ledger, json_array_elements(before) s where state = 'done'`,
  );
  expect(rows).toEqual([{ chosen: 6, different: 6 }]);
});

test.each(LANES)('an extension update, killed in the trial and in the real one, is done once (stage %#)', async (lane) => {
  const checker = await checked('ext', lane);
  expect(await checker.extension()).toBe('1.6');
  expect(await checker.ledger()).toEqual(['done', 'done', 'done']);
});

test('no session of ours is left over on any server', async () => {
  for (const name of ['add-0', 'idle-0', ...lanes('conf')]) expect(await checkerOf(await world.admin(name)).busy()).toEqual([]);
});

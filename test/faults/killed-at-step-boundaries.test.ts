import { checkerOf } from '../support/crash-checker';
import { startCrashWorld, type CrashWorld } from '../support/crash-world';
import type { WorkerProcess } from '../support/worker-process';
import type { RunHandle } from '../support/world';
import { ballast, idleClients, type IdleClient } from './idle-clients';

const RELIEF = { freeSlots: 60, idleInTransactionLongerThan: '1 second', idleLongerThan: '1 second', maxRounds: 1 };
const UPGRADE = { extension: 'pg_trgm', to: '1.6' };

let world: CrashWorld;
let worker: WorkerProcess;
let clients: IdleClient[] = [];
let dropBallast: () => Promise<void>;
beforeAll(async () => {
  world = await startCrashWorld([{ targets: ['ext'] }, { targets: ['idle'], ownIdentity: true }]);
  const [, relief] = world.servers;
  if (!relief) throw new Error('There are two servers.');
  dropBallast = await ballast(relief, 50);
  clients = await idleClients(relief, 'idle', 2);
  worker = await world.worker();
});
afterAll(async () => {
  await Promise.all(clients.map((client) => client.close()));
  await world.stop();
});

const killAndReplace = async (): Promise<void> => {
  await worker.kill();
  worker = await world.worker();
};
/** Waits, without asking the worker, until the ledger of a target has so many effects that are done. */
const effects = async (target: string, count: number): Promise<void> => {
  const { ledger } = checkerOf(await world.admin(target));
  for (let look = 0; look < 3_000; look++) {
    if ((await ledger()).filter((state) => state === 'done').length >= count) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error(`Never ${count} effects on ${target}.`);
};

test('both runbooks end well, although their worker is killed at each boundary between steps', async () => {
  const both = await Promise.all([world.start('upgradeExtension', 'ext', UPGRADE), world.start('relieveConnectionExhaustion', 'idle', RELIEF)]);
  const [upgrade, relief] = both;
  const each = (what: (run: RunHandle) => Promise<unknown>): Promise<unknown> => Promise.all(both.map(what));

  // At the gate.
  await each((run) => run.until((now) => now.gate !== null, 'a gate'));
  await killAndReplace();
  // Paused at the gate.
  await each((run) => run.send('pause', { by: 'olga' }));
  await killAndReplace();
  expect(await Promise.all(both.map(async (run) => (await run.status()).phase))).toEqual(['paused', 'paused']);
  await each((run) => run.send('resume', { by: 'olga' }));
  await each((run) => run.approve());
  // Right after the first change of each.
  await Promise.all([effects('ext', 1), effects('idle', 1)]);
  await killAndReplace();
  await upgrade.until((now) => now.gate?.title === 'Update the extension', 'the second gate');
  await relief.until((now) => now.parked !== null, 'the parked verification');

  // Parked, with the same two runbooks in the lock's queue behind them.
  const behind = await Promise.all([
    world.start('upgradeExtension', 'ext', UPGRADE, 'upgradeExtension/behind'),
    world.start('relieveConnectionExhaustion', 'idle', { ...RELIEF, approveAbove: 1 }, 'relieveConnectionExhaustion/behind'),
  ]);
  // The other one finds no session left to end, so that its gate is waived.
  await behind[0].approve();
  await Promise.all(behind.map((run) => run.until((now) => now.waitingForLock !== null, 'the lock queue')));
  await killAndReplace();
  expect(await Promise.all(behind.map(async (run) => (await run.status()).phase))).toEqual(['waiting-for-lock', 'waiting-for-lock']);
  await dropBallast();
  await relief.send('retry', { by: 'olga' });
  // Right after each remaining change.
  await upgrade.approve();
  await effects('ext', 2);
  await killAndReplace();
  await effects('ext', 3);
  await killAndReplace();

  for (const run of both) expect((await run.until((now) => now.outcome !== null, 'its end')).outcome).toBe('done');
  // What they had planned is done by then: they look again and change nothing.
  for (const run of behind) expect((await run.until((now) => now.outcome !== null, 'its end')).outcome).toBe('nothing to do');
}, 240_000);

test('what happened on the targets happened once', async () => {
  const [ext, idle] = [checkerOf(await world.admin('ext')), checkerOf(await world.admin('idle'))];
  expect(await ext.extension()).toBe('1.6');
  expect(await ext.ledger()).toEqual(['done', 'done', 'done']);
  expect(clients.map((client) => [client.kind, client.ended()])).toEqual([
    ...Array.from({ length: 2 }, () => [
      ['idle', 1],
      ['idle in transaction', 1],
    ]).flat(),
    ['protected', 0],
  ]);
  expect(await idle.ledger()).toEqual(['done', 'done']);
  expect([...(await ext.busy()), ...(await idle.busy())]).toEqual([]);
});

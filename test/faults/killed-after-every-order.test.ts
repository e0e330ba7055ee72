import { checkerOf } from '../support/crash-checker';
import { startCrashWorld, type CrashWorld } from '../support/crash-world';
import { ballast, idleClients, type IdleClient } from './idle-clients';

const RELIEF = { freeSlots: 60, idleInTransactionLongerThan: '1 second', idleLongerThan: '1 second', maxRounds: 1 };
const UPGRADE = { extension: 'pg_trgm', to: '1.6' };
/** As many orders as the longer of the two runs gives: reads, previews and writes, in the rehearsal and after it. */
const BOUNDARIES = Array.from({ length: 10 }, (_, i) => i + 1);
const lane = (name: string, boundary: number): string => `${name}-${boundary}`;

let world: CrashWorld;
const clients: IdleClient[][] = [];
beforeAll(async () => {
  world = await startCrashWorld(
    [
      { targets: BOUNDARIES.map((boundary) => lane('ext', boundary)) },
      { targets: BOUNDARIES.map((boundary) => lane('idle', boundary)), ownIdentity: true, settings: { max_connections: 160 } },
    ],
    18,
    '3 seconds',
  );
});
afterAll(async () => {
  await Promise.all(clients.flat().map((client) => client.close()));
  await world.stop();
});

test.each(BOUNDARIES)(
  'both runbooks end well and act once, although their worker is killed after order %i',
  async (boundary) => {
    const [ext, idle] = [lane('ext', boundary), lane('idle', boundary)];
    const [, relief] = world.servers;
    if (!relief) throw new Error('There are two servers.');
    const dropBallast = await ballast(relief, 110);
    clients.push(await idleClients(relief, idle, 2));
    const mine = clients.at(-1) ?? [];
    const doomed = await world.worker([
      { run: `upgradeExtension/${ext}`, operation: '*', stage: 'answered', nth: boundary },
      { run: `relieveConnectionExhaustion/${idle}`, operation: '*', stage: 'answered', nth: boundary },
    ]);
    const [upgrade, freeing] = await Promise.all([
      world.start('upgradeExtension', ext, UPGRADE),
      world.start('relieveConnectionExhaustion', idle, RELIEF),
    ]);
    const approved = [
      upgrade.approve().then(() => upgrade.until((now) => now.gate?.title === 'Update the extension').then(() => upgrade.approve())),
      freeing.approve(),
    ];
    await doomed.died();

    const worker = await world.worker();
    await Promise.all(approved);
    await freeing.until((now) => now.parked !== null, 'the verification that waits for free slots');
    await dropBallast();
    await freeing.send('retry', { by: 'olga' });
    for (const run of [upgrade, freeing]) expect((await run.until((now) => now.outcome !== null, 'its end')).outcome).toBe('done');
    await worker.kill();

    const [extension, sessions] = [checkerOf(await world.admin(ext)), checkerOf(await world.admin(idle))];
    expect(await extension.extension()).toBe('1.6');
    expect(await extension.ledger()).toEqual(['done', 'done', 'done']);
    expect(await sessions.ledger()).toEqual(['done', 'done']);
    expect(mine.map((client) => client.ended())).toEqual([1, 1, 1, 1, 0]);
  },
  120_000,
);

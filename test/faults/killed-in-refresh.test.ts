import type { Stage } from '../../activities/effects/attempt';
import { checkerOf } from '../support/crash-checker';
import { startCrashWorld, type CrashWorld } from '../support/crash-world';
import { layBed, makeOrdersStale } from '../support/pg-tviews/beds';
import { differingRows } from '../support/pg-tviews/differing-rows';
import type { RunHandle } from '../support/world';

const STAGES: readonly Stage[] = ['connected', 'claimed', 'before effect', 'effect sent', 'before commit', 'committed'];
const lane = (stage: Stage): string => `tv-${stage.replace(' ', '-')}`;

let world: CrashWorld;
beforeAll(async () => {
  world = await startCrashWorld([{ targets: STAGES.map(lane), settings: { max_connections: 200 } }], 18, '3 seconds');
  for (const stage of STAGES) {
    const admin = await world.admin(lane(stage));
    await layBed(admin, 'immediate');
    await makeOrdersStale(admin);
  }
}, 120_000);
afterAll(() => world.stop());

test('a refresh of all goes on behind the TVIEW in which its worker was killed, and each is done once', async () => {
  const id = (stage: Stage): string => `refreshAllTviews/${lane(stage)}`;
  const doomed = await world.worker(STAGES.map((stage) => ({ run: id(stage), operation: 'refreshTviewByRows', stage, nth: 2 })));
  const runs: RunHandle[] = [];
  for (const stage of STAGES) runs.push(await world.start('refreshAllTviews', lane(stage), { pause: '0 seconds', onlyStale: false }));
  await doomed.died();
  const worker = await world.worker();
  for (const [i, stage] of STAGES.entries()) {
    const run = runs[i] as RunHandle;
    const { outcome, parked } = await run.until((now) => now.outcome !== null || now.parked !== null, `the end of ${run.id}`);
    expect([stage, outcome, parked]).toEqual([stage, 'done', null]);
    const admin = await world.admin(lane(stage));
    for (const entity of ['customer', 'order', 'item']) expect([stage, entity, await differingRows({ admin }, entity)]).toEqual([stage, entity, 0]);
    expect(await checkerOf(admin).ledger()).toEqual(['done', 'done', 'done']);
    await world.replay(run);
  }
  await worker.kill();
}, 240_000);

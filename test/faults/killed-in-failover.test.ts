import { setTimeout as sleep } from 'node:timers/promises';
import type { Stage } from '../../activities/effects/attempt';
import { ask } from '../support/replication/start-state';
import { monotone, startEndpointProber } from '../../scripts/parts/endpoint-prober';
import { startReplicationWorld, type ReplicationWorld } from '../support/replication/replication-world';
import { clusterOf } from '../support/replication/cluster-state';
import { startSampling } from '../support/replication/sampling';
import type { RunHandle } from '../support/world';

const EFFECTS = ['closeEndpoint', 'fenceNode', 'detachStandbys', 'promote', 'verifyPrimary', 'openEndpointAt', 'followPrimary'];
const STAGES: Stage[] = ['before effect', 'effect sent'];

let world: ReplicationWorld;
const [primary, standby] = ['node1', 'node2'];
beforeEach(async () => {
  world = await startReplicationWorld({ major: 15, distribution: true, names: ['node1', 'node2'] });
}, 240_000);
afterEach(() => world.stop());

const ended = (run: RunHandle) => run.until((now) => now.parked !== null || now.outcome !== null, 'parking or the end');
const state = async () => ({
  endpoint: (await clusterOf(world).endpoint.describe()).node,
  standbys: await ask(world.cluster.node(standby).url(), `select application_name as name, state from pg_stat_replication`),
  signals: await ask(world.cluster.node(standby).url(), 'select pg_is_in_recovery() as standby'),
  slots: await ask(world.cluster.node(standby).url(), 'select slot_name from pg_replication_slots where active'),
});

// Each stage is a failover and a rejoin of a cluster of its own, and each effect in them loses its worker at that stage.
test.each(STAGES)(
  'killed at "%s" of every effect, failover and rejoin converge',
  async (stage) => {
    const prober = startEndpointProber(world.appUrl);
    const stopSampling = startSampling(world);
    await sleep(1_500);
    await world.cluster.kill9(primary);
    await sleep(500);
    await stopSampling();
    await through('failover', { maxLossBytes: 1_000_000_000, observe: '1 second' }, EFFECTS, stage);
    await through('rejoinNode', { node: primary }, ['fenceNode', 'rewindNode', 'startAsStandby'], stage);
    expect(await state()).toEqual({
      endpoint: `127.0.0.1:${world.cluster.node(standby).port}`,
      standbys: [{ name: primary, state: 'streaming' }],
      signals: [{ standby: false }],
      slots: [{ slot_name: primary }],
    });
    expect(monotone(await prober.stop())).toBe(true);
  },
  300_000,
);

/** Runs a runbook to its end, with a worker that dies at the stage of each effect in turn. */
async function through(runbook: string, input: object, effects: readonly string[], stage: Stage): Promise<void> {
  const id = `${runbook}/${stage}`;
  let run: RunHandle | undefined;
  for (const operation of effects) {
    const doomed = await world.worker([{ run: id, operation, stage }]);
    if (!run) {
      run = await world.start(runbook, input, id);
      await run.approve();
    }
    await doomed.died();
  }
  const last = await world.worker();
  expect(await ended(run as RunHandle)).toMatchObject({ outcome: 'done', parked: null });
  await last.kill();
}

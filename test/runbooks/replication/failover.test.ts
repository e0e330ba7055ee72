import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { startAcknowledgedWriters } from '../../support/replication/acknowledged-writers';
import { monotone, startEndpointProber } from '../../support/replication/endpoint-prober';
import { startReplicationWorld, type ReplicationWorld } from '../../support/replication/replication-world';
import { startSampling } from '../../support/replication/sampling';

async function lsnOf(url: string): Promise<bigint> {
  const client = new Client({ connectionString: url });
  await client.connect();
  const { rows } = await client.query<{ at: string }>(
    `select pg_wal_lsn_diff(case when pg_is_in_recovery() then greatest(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn()) else pg_current_wal_lsn() end, '0/0')::text as at`,
  );
  await client.end();
  return BigInt(rows[0]?.at ?? '0');
}

describe('asynchronous, the primary killed while its walsenders hang', () => {
  let world: ReplicationWorld;
  beforeAll(async () => {
    world = await startReplicationWorld();
    await world.worker();
  }, 90_000);
  afterAll(() => world.stop());

  test('the loss is shown, must be accepted, and is not greater than shown', async () => {
    const { cluster } = world;
    const stopSampling = startSampling(world);
    const writers = startAcknowledgedWriters({ url: world.appUrl, pauseMs: 2 });
    const prober = startEndpointProber(world.appUrl);
    await sleep(2_000);
    await cluster.freezeWalSenders('node1');
    await sleep(2_000);
    const reached = await lsnOf(cluster.node('node1').url());
    await cluster.kill9('node1');
    await sleep(1_000);
    await stopSampling();
    const refused = await world.start('failover');
    console.log(await refused.failure());
    const run = await world.start('failover', { mayLose: 100_000_000 });
    await run.until((now) => now.gate !== null || now.outcome !== null || now.parked !== null, 'the gate');
    const plan = (await run.report()).plan;
    console.log(JSON.stringify(plan?.steps, null, 1));
    const stood = await Promise.all(['node2', 'node3'].map((name) => lsnOf(cluster.node(name).url())));
    await run.approve();
    const end = await run.until((now) => now.outcome !== null || now.parked !== null, 'the end');
    console.log(end.summary, JSON.stringify(end.parked));
    await sleep(500);
    const written = await writers.stop();
    const lost = await writers.lostOn(cluster.node('node2').url('shop'));
    console.log(lost.length, written.acknowledged.length, written.longestPauseMs, Number(reached) , stood.map((s) => reached - s));
    expect(monotone(await prober.stop())).toBe(true);
  }, 120_000);
});

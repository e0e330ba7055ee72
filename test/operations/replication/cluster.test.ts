import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import type { Cluster } from '../../../activities/replication/cluster';
import { pollUntil } from '../../../scripts/parts/poll-until';
import { describeOperation, type Bed } from '../../support/describe-operation';
import { answerOf, clusterBed } from '../../support/replication/cluster-bed';
import { clusterOf } from '../../support/replication/cluster-state';
import { startReplicationWorld, type ReplicationWorld } from '../../support/replication/replication-world';

// One cluster, in the order of its life: node1 leads, is fenced, stopped and killed; node2 is promoted; node1 comes back as its standby.

let world: ReplicationWorld;
let cluster: Cluster;
beforeAll(async () => {
  world = await startReplicationWorld({ major: 15, distribution: true });
  cluster = clusterOf(world);
}, 240_000);
afterAll(() => world.stop());

const bed = (): Bed => clusterBed(cluster, world.control.ledger);

async function ask<T extends object>(node: string, text: string): Promise<T[]> {
  const client = new Client({ connectionString: world.cluster.node(node).url('shop') });
  await client.connect();
  try {
    return (await client.query<T>(text)).rows;
  } finally {
    await client.end();
  }
}

const value = async (node: string, text: string): Promise<unknown> => Object.values((await ask(node, `select ${text}`))[0] ?? {})[0];
const setting = (node: string, name: string): Promise<unknown> => value(node, `reset_val from pg_settings where name = '${name}'`);
const resetOn = async (node: string, name: string): Promise<void> => {
  await ask(node, `alter system reset ${name}`);
  await ask(node, 'select pg_reload_conf()');
};
const endpoint = async (): Promise<unknown[]> => {
  const { open, node } = await cluster.endpoint.describe();
  return [open, cluster.nodeAt(node ?? '')?.name];
};
const nodeState = async (node: string): Promise<unknown[]> => {
  const { running, standbySignal } = await cluster.node(node).control.state();
  return [running ? 'running' : 'off', standbySignal ? 'standby.signal' : 'no signal'];
};
const lacking = (node: string, right: string, says: RegExp) => ({
  take: () => ask(node, `revoke ${right} from rb_ctl`),
  giveBack: () => ask(node, `grant ${right} to rb_ctl`),
  says,
});

/** node1 runs as the primary that takes writes, whatever an earlier test did to it. */
async function leadAgain(): Promise<void> {
  const { running } = await cluster.node('node1').control.state();
  if (!running) {
    rmSync(join(world.cluster.node('node1').dataDirectory, 'standby.signal'), { force: true });
    await world.cluster.start('node1');
  }
  await resetOn('node1', 'default_transaction_read_only');
  expect(await pollUntil(async () => (await setting('node1', 'default_transaction_read_only')) === 'off', 10_000)).toBe(true);
}

test('the reads of a healthy cluster', async () => {
  expect(await answerOf(cluster, 'measureReplication', { maxLagBytes: 1e8, maxRetainedBytes: 1e9 })).toMatchObject({ writes: 'node1 takes writes' });
  expect(await answerOf(cluster, 'findLeader', {})).toMatchObject({ primary: 'node1', endpointOpen: true, endpointAt: 'node1' });
  expect(await answerOf(cluster, 'findPosition', { node: 'node1' })).toEqual({ lsn: expect.stringMatching(/^[0-9A-F]+\/[0-9A-F]+$/) });
  expect(await answerOf(cluster, 'diagnoseNode', { node: 'node2' })).toMatchObject({ way: 'follows', primary: 'node1', writable: false });
  const limits = { maxLagBytes: 16_777_216, mostTransactionSeconds: 30, override: [] };
  expect(await answerOf(cluster, 'planSwitchover', limits)).toMatchObject({ primary: 'node1', candidate: 'node2', followers: ['node3'] });
  await expect(answerOf(cluster, 'observePrimary', { within: '1 second' })).rejects.toMatchObject({
    type: 'PreconditionUnmet',
    message: expect.stringMatching(/node1 answers and is a primary/),
  });
  const handover = { from: 'node1', to: 'node2', fenceLsn: '0/1', within: '1 second' };
  expect(await answerOf(cluster, 'proveHandover', handover)).toMatchObject({ proved: false, shutdownLsn: null });
  const choice = { among: ['node2', 'node3'], mayStillWrite: true };
  await expect(answerOf(cluster, 'chooseCandidate', { ...choice, maxLossBytes: 0 })).rejects.toMatchObject({ type: 'PreconditionUnmet' });
  expect(await answerOf(cluster, 'chooseCandidate', { ...choice, maxLossBytes: 'unknown' })).toMatchObject({ proved: false, loseBytes: null });
});

const slotsOnCandidate = async (): Promise<string[]> =>
  (await ask<{ name: string }>('node2', 'select slot_name as name from pg_replication_slots order by 1')).map(({ name }) => name);

describeOperation('warmUp', {
  bed,
  prepare: () => ask('node2', 'select pg_drop_replication_slot(slot_name) from pg_replication_slots'),
  input: { primary: 'node1', candidate: 'node2', followers: ['node3'] },
  seen: slotsOnCandidate,
  changes: { from: [], to: ['node1', 'node3'] },
  lacks: lacking('node1', 'pg_checkpoint', /On node1 the login rb_ctl may not run CHECKPOINT\. Run: GRANT pg_checkpoint TO rb_ctl\./),
});

describeOperation('closeEndpoint', {
  bed,
  prepare: () => cluster.endpoint.open(),
  input: { how: 'kill', within: '5 seconds' },
  seen: endpoint,
  changes: { from: ['open', 'node1'], to: ['closed', 'node1'] },
});

describeOperation('detachStandbys', {
  bed,
  prepare: async () => {
    for (const node of ['node2', 'node3']) await ask(node, `alter system reset primary_conninfo`).then(() => ask(node, 'select pg_reload_conf()'));
    expect(await pollUntil(async () => (await value('node1', 'count(*)::int from pg_stat_replication')) === 2, 20_000)).toBe(true);
  },
  input: { nodes: ['node2', 'node3'] },
  seen: () => value('node1', 'count(*)::int from pg_stat_replication'),
  changes: { from: 2, to: 0 },
});

describeOperation('fencePrimary', {
  bed,
  prepare: leadAgain,
  input: { node: 'node1' },
  seen: () => setting('node1', 'default_transaction_read_only'),
  changes: { from: 'off', to: 'on' },
  lacks: lacking('node1', 'execute on function pg_reload_conf()', /On node1 the login rb_ctl may not reload the configuration/),
});

describeOperation('stopPrimary', {
  bed,
  prepare: leadAgain,
  input: { node: 'node1', within: '30 seconds' },
  seen: () => nodeState('node1'),
  changes: { from: ['running', 'no signal'], to: ['off', 'standby.signal'] },
});

describeOperation('fenceNode', {
  bed,
  prepare: leadAgain,
  input: { node: 'node1' },
  seen: () => nodeState('node1'),
  changes: { from: ['running', 'no signal'], to: ['off', 'standby.signal'] },
});

describe('after the old primary is off', () => {
  beforeAll(() => cluster.node('node1').control.fence());

  describeOperation('promote', {
    bed,
    input: { node: 'node2', fromTimeline: 1 },
    seen: () => value('node2', 'pg_is_in_recovery()'),
    changes: { from: true, to: false },
    refuses: { input: { fromTimeline: 2 } },
  });

  describeOperation('verifyPrimary', {
    bed,
    input: { node: 'node2' },
    seen: () => value('node2', `token::int from runbooks.ledger where key = 'fence'`),
    refuses: { input: { node: 'node3' } },
    lacks: {
      ...lacking('node2', 'update (token) on runbooks.ledger', /On node2 the login rb_ctl may not write the ledger/),
      giveBack: () => ask('node2', 'grant update (token) on runbooks.ledger to rb_ctl'),
    },
  });

  describeOperation('openEndpointAt', {
    bed,
    prepare: () => cluster.endpoint.close('kill', 1_000, new AbortController().signal),
    input: { node: 'node2' },
    seen: endpoint,
    refuses: { input: { node: 'node3' } },
  });

  describeOperation('followPrimary', {
    bed,
    input: { primary: 'node2', nodes: ['node3'] },
    seen: async () => [await value('node3', 'sender_port from pg_stat_wal_receiver')],
    changes: { from: [undefined], to: [expect.any(Number)] },
    refuses: { input: { primary: 'node3', nodes: ['node2'] } },
    lacks: lacking('node2', 'pg_checkpoint', /On node2 the login rb_ctl may not run CHECKPOINT/),
  });

  describeOperation('rewindNode', {
    bed,
    input: { node: 'node1', primary: 'node2' },
    seen: () => nodeState('node1'),
    refuses: { input: { node: 'node2' } },
  });

  describeOperation('recloneNode', {
    bed,
    input: { node: 'node1', primary: 'node2', keepAs: null },
    seen: () => nodeState('node1'),
    refuses: { input: { node: 'node2' } },
  });

  describeOperation('startAsStandby', {
    bed,
    input: { node: 'node1', primary: 'node2' },
    seen: () => nodeState('node1'),
    changes: { from: ['off', 'standby.signal'], to: ['running', 'standby.signal'] },
    refuses: { input: { node: 'node2', primary: 'node3' } },
  });
});

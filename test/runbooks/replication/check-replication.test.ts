import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { pollUntil } from '../../../scripts/parts/poll-until';
import { recordHistory } from '../../support/record-history';
import { clusterOf } from '../../support/replication/cluster-state';
import { startReplicationWorld, type ReplicationWorld } from '../../support/replication/replication-world';

const NO_SAMPLES = /^the sampler stores nothing/;

let world: ReplicationWorld;
beforeAll(async () => {
  world = await startReplicationWorld();
  await world.worker();
}, 240_000);
afterAll(() => world.stop());

interface Saw {
  readonly writes: string;
  readonly problems: readonly string[];
}

/** What the run saw, without the sampler, which does not run here. */
const checked = async (input: object = {}, id?: string): Promise<Saw & { readonly advice: readonly string[] }> => {
  const run = await world.start('checkReplication', input, id);
  expect((await run.result()).outcome).toBe('done');
  const { steps, advice = [] } = (await run.report()) as unknown as { steps: { saw?: unknown }[]; advice?: string[] };
  const saw = steps.map((step) => step.saw).find((one) => one !== undefined) as Saw;
  if (id && process.env['RECORD_HISTORIES'] === '1') recordHistory('check-replication', await run.handle.fetchHistory());
  return { writes: saw.writes, problems: saw.problems.filter((problem) => !NO_SAMPLES.test(problem)), advice };
};
const say = async (node: string, ...statements: string[]): Promise<void> => {
  const client = new Client({ connectionString: world.cluster.node(node).url('shop') });
  await client.connect();
  for (const statement of statements) await client.query(statement);
  await client.end();
};
/** Looks again until nothing is wrong: standbys reconnect within seconds. */
const healthy = async (): Promise<void> => {
  let last: Saw | undefined;
  await pollUntil(async () => (last = await checked()).problems.length === 0, 20_000, 200);
  expect(last?.problems).toEqual([]);
};

test('the happy path: a healthy cluster has no problem', async () => {
  expect(await checked({}, 'check-replication/recorded')).toMatchObject({ writes: 'node1 takes writes', problems: [] });
});

test.each([
  [
    'a paused replay',
    /node2: replay is paused/,
    () => say('node2', 'select pg_wal_replay_pause()', 'select pg_sleep(0.3)'),
    () => say('node2', 'select pg_wal_replay_resume()'),
  ],
  [
    'a slot that nobody uses',
    /node1: nobody uses the slot gone, which holds \d+ bytes of WAL back/,
    () => say('node1', `select pg_create_physical_replication_slot('gone', true)`),
    () => say('node1', `select pg_drop_replication_slot('gone')`),
  ],
  [
    'a fence that was left',
    /node1: default_transaction_read_only is on; a fence was left behind/,
    () => say('node1', 'alter system set default_transaction_read_only = on', 'select pg_reload_conf()', 'select pg_sleep(0.3)'),
    () => say('node1', 'set default_transaction_read_only = off', 'alter system reset default_transaction_read_only', 'select pg_reload_conf()'),
  ],
  [
    'a closed endpoint',
    /the endpoint is closed: nobody takes writes through it/,
    () => clusterOf(world).endpoint.close('kill', 1_000, new AbortController().signal),
    () => clusterOf(world).endpoint.open(),
  ],
  [
    'a standby that receives nothing',
    /node2 receives nothing/,
    async () => {
      await say('node2', `alter system set primary_conninfo = 'host=127.0.0.1 port=1'`, 'select pg_reload_conf()');
      await sleep(1_000);
    },
    () => say('node2', 'alter system reset primary_conninfo', 'select pg_reload_conf()'),
  ],
  ['a standby that is down', /node3 does not answer/, () => world.cluster.kill9('node3'), () => world.cluster.start('node3')],
  ['a primary that is down', /no node is a primary/, () => world.cluster.kill9('node1'), () => world.cluster.start('node1')],
] as [string, RegExp, () => Promise<void>, () => Promise<void>][])('named: %s', async (_, problem, make, mend) => {
  await make();
  try {
    expect((await checked()).problems).toEqual(expect.arrayContaining([expect.stringMatching(problem)]));
  } finally {
    await mend();
  }
  await healthy();
});

test('named: a standby far behind, by the limit of the input', async () => {
  await say('node2', 'select pg_wal_replay_pause()');
  await say('node1', 'insert into app.acknowledged select g, 0 from generate_series(1, 2000) g');
  const { problems, advice } = await checked({ maxLagBytes: 1_000 });
  await say('node2', 'select pg_wal_replay_resume()');
  expect(problems).toEqual(expect.arrayContaining([expect.stringMatching(/node2 is \d+ bytes behind/)]));
  expect(advice.join()).toContain('do not switch over to it');
});

test('named: two nodes that accept writes', async () => {
  await say('node3', 'select pg_promote(true, 20)');
  const { problems, writes } = await checked();
  expect(problems).toEqual(expect.arrayContaining([expect.stringMatching(/more than one node accepts writes: node1 .*node3/)]));
  expect(writes).toContain('not certain');
});

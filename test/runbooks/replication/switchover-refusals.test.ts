import { Client } from 'pg';
import { pollUntil } from '../../../scripts/parts/poll-until';
import { clusterOf } from '../../support/replication/cluster-state';
import { startReplicationWorld, type ReplicationWorld } from '../../support/replication/replication-world';

let world: ReplicationWorld;
beforeAll(async () => {
  world = await startReplicationWorld({
    settings: { max_prepared_transactions: 5, wal_level: 'logical' },
    further: (shop) => ({ reserved: { ...shop, nodes: shop.nodes.map((node) => (node.name === 'node2' ? { ...node, promotable: false } : node)) } }),
  });
  await world.worker();
}, 240_000);
afterAll(() => world.stop());

const opened: Client[] = [];
const open = async (node: string, application = 'app'): Promise<Client> => {
  const client = new Client({ connectionString: world.cluster.node(node).url('shop'), application_name: application });
  client.on('error', () => undefined);
  await client.connect();
  opened.push(client);
  return client;
};
const say = async (node: string, ...statements: string[]): Promise<void> => {
  const client = await open(node);
  for (const statement of statements) await client.query(statement);
};
/** Until both standbys stream again. */
const streaming = async (): Promise<void> => {
  const primary = await open('node1');
  const both = await pollUntil(
    async () => (await primary.query(`select from pg_stat_replication where state = 'streaming'`)).rowCount === 2,
    20_000,
    100,
  );
  expect(both).toBe(true);
};
afterEach(async () => {
  await Promise.all(opened.splice(0).map((client) => client.end().catch(() => undefined)));
});

/** Why the plan is refused. */
const refusal = async (input: object = {}): Promise<string> => {
  const { type, message } = await (await world.start('switchover', { mode: 'plan', candidate: 'node2', ...input })).failure();
  return `${type}: ${message}`;
};
const planned = async (override: string): Promise<readonly string[]> => {
  const { plan } = await (
    await world.start('switchover', { mode: 'plan', candidate: 'node2', override: [override], mostTransactionSeconds: 1 })
  ).result();
  return (plan?.steps ?? []).map((step) => step.title);
};

interface Case {
  readonly what: string;
  readonly says: RegExp;
  readonly input?: object;
  readonly make?: () => Promise<void>;
  readonly mend?: () => Promise<void>;
  readonly waive?: string;
}

const CASES: readonly Case[] = [
  { what: 'the candidate is the primary', says: /node1: it is the primary already/, input: { candidate: 'node1' } },
  { what: 'a candidate of another name', says: /InvalidInput: .*no node "node9"/, input: { candidate: 'node9' } },
  { what: 'a candidate that may not lead', says: /node2: targets.yaml says promotable: false/, input: { target: 'reserved' } },
  {
    what: 'a paused replay',
    says: /node2: its replay is paused \(override: \["replay-paused"\] goes on/,
    make: () => say('node2', 'select pg_wal_replay_pause()', 'select pg_sleep(0.3)'),
    mend: () => say('node2', 'select pg_wal_replay_resume()'),
    waive: 'replay-paused',
  },
  {
    what: 'a delayed standby',
    says: /node2: it applies with a delay of 1000 ms on purpose/,
    make: () => say('node2', `alter system set recovery_min_apply_delay = '1s'`, 'select pg_reload_conf()', 'select pg_sleep(0.3)'),
    mend: () => say('node2', 'alter system reset recovery_min_apply_delay', 'select pg_reload_conf()', 'select pg_sleep(0.3)'),
  },
  {
    what: 'an open transaction',
    says: /node1: a transaction is open for \d+ seconds \(at most 1\) \(override: \["long-transaction"\]/,
    input: { mostTransactionSeconds: 1 },
    make: () => say('node1', 'begin', 'select pg_sleep(2.2)'),
    waive: 'long-transaction',
  },
  {
    what: 'a prepared transaction',
    says: /node1: 1 prepared transactions are open \(override: \["prepared-transaction"\]/,
    make: () => say('node1', 'begin', 'insert into app.acknowledged (id, writer) values (-1, 0)', `prepare transaction 'left'`),
    mend: () => say('node1', `rollback prepared 'left'`),
    waive: 'prepared-transaction',
  },
  {
    what: 'a logical slot',
    says: /node1: it has logical slots \(changes\) \(override: \["logical-slot"\]/,
    make: () => say('node1', `select pg_create_logical_replication_slot('changes', 'test_decoding')`),
    mend: () => say('node1', `select pg_drop_replication_slot('changes')`),
    waive: 'logical-slot',
  },
  {
    what: 'another manager',
    says: /ManagedElsewhere: Patroni owns this cluster .*patronictl switchover/,
    make: async () => void (await open('node1', 'Patroni restapi')),
  },
  {
    what: 'a closed endpoint',
    says: /node1: the endpoint tcp endpoint .* is closed/,
    make: () => clusterOf(world).endpoint.close('kill', 1_000, new AbortController().signal),
    mend: () => clusterOf(world).endpoint.open(),
  },
  {
    what: 'an endpoint that points elsewhere',
    says: /node1: the endpoint points at 127\.0\.0\.1:\d+/,
    make: () => pointed('node3'),
    mend: () => pointed('node1'),
  },
  {
    what: 'a node that is down',
    says: /node3: it does not answer .*: a third node in doubt is no time for a switchover/,
    make: () => world.cluster.kill9('node3'),
    mend: async () => {
      await world.cluster.start('node3');
      await streaming();
    },
  },
];

const pointed = async (name: string): Promise<void> => {
  const { endpoint } = clusterOf(world);
  await endpoint.close('kill', 1_000, new AbortController().signal);
  await endpoint.point({ name, host: '127.0.0.1', port: world.cluster.node(name).port }, 0);
  await endpoint.open();
};

test.each(CASES)('refused: $what', async ({ says, input, make, mend, waive }) => {
  await make?.();
  try {
    expect(await refusal(input)).toMatch(says);
    if (waive) expect(await planned(waive)).toContain('Promote the candidate');
  } finally {
    await mend?.();
  }
});

test('the plan that was refused for so many reasons is made once they are gone', async () => {
  expect(await planned('replay-paused')).toContain('Promote the candidate');
});

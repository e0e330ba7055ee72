import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import { registryOf } from '../../../activities/targets/registry';
import { type ClusterPart, startCluster } from '../../../scripts/parts/cluster';
import { findDistribution } from '../../../scripts/parts/cluster/programs';
import { serverProcesses } from '../../../scripts/parts/cluster/server-processes';
import { startTcpEndpoint, type TcpEndpoint } from '../../../scripts/parts/tcp-endpoint';
import { pollUntil } from '../../../scripts/parts/poll-until';
import { serverAccount } from '../../../scripts/parts/postgres-account';
import { runFolder } from '../../support/shared';

const folder = (name: string): string => join(runFolder(), `cluster-${name}-${process.pid}`);

async function ask<T extends object>(url: string, text: string, timeout = 5_000): Promise<T[]> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: timeout, query_timeout: timeout });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return (await client.query<T>(text)).rows;
  } finally {
    void client.end().catch(() => undefined);
  }
}

const countOn = async (cluster: ClusterPart, node: string): Promise<number> =>
  (await ask<{ count: number }>(cluster.node(node).url('shop'), 'select count(*)::int as count from app.acknowledged'))[0]?.count ?? -1;

describe.each([15, 18] as const)('a cluster of three on PostgreSQL %i', (major) => {
  let cluster: ClusterPart;
  beforeAll(async () => {
    cluster = await startCluster({ major, folder: folder(String(major)), database: 'shop', settings: { max_connections: 60 } });
  });
  afterAll(() => cluster.stop());

  it('streams to standbys that are named and have slots', async () => {
    const streams = await ask(
      cluster.node('node1').url(),
      `select application_name as name, state, active from pg_stat_replication join pg_replication_slots on active_pid = pid order by 1`,
    );
    expect(streams).toEqual(['node2', 'node3'].map((name) => ({ name, state: 'streaming', active: true })));
    await ask(cluster.node('node1').url('shop'), 'insert into app.acknowledged values (1, 1)');
    for (const node of ['node2', 'node3']) expect(await pollUntil(async () => (await countOn(cluster, node)) === 1, 5_000)).toBe(true);
  });

  it('is a target whose control login may do what a switchover needs, and the others may not', async () => {
    const target = registryOf({ targets: { shop: cluster.targetConfig } }).find('shop');
    expect(target.nodes.map(({ name, control }) => [name, control.by])).toEqual([1, 2, 3].map((n) => [`node${n}`, 'local']));
    const as = (login: 'control' | 'signal', text: string): Promise<object[]> => {
      const url = new URL(cluster.node('node1').url('shop'));
      const known = target.logins[login];
      const variable = known?.password && 'env' in known.password ? known.password.env : '';
      [url.username, url.password] = [known?.user ?? '', process.env[variable] ?? ''];
      return ask(url.href, text);
    };
    await as('control', `alter system set synchronous_standby_names = ''`);
    await as('control', 'alter system reset synchronous_standby_names');
    await as('control', `select pg_create_physical_replication_slot('one'), pg_drop_replication_slot('one')`);
    await expect(as('signal', 'alter system set primary_conninfo = default')).rejects.toThrow('permission denied');
  });

  it('hangs where it is frozen and goes on where it is thawed', async () => {
    cluster.freeze('node2');
    await expect(ask(cluster.node('node2').url(), 'select 1', 500)).rejects.toThrow(/timeout/i);
    cluster.thaw('node2');
    expect(await ask(cluster.node('node2').url(), 'select pg_is_in_recovery() as standby')).toEqual([{ standby: true }]);
  });

  it('loses acknowledged writes when its walsenders were frozen and it is killed', async () => {
    const before = await countOn(cluster, 'node2');
    await cluster.freezeWalSenders('node1');
    await ask(cluster.node('node1').url('shop'), 'insert into app.acknowledged values (2, 1)');
    await cluster.kill9('node1');
    expect(serverProcesses(cluster.node('node1').dataDirectory)).toEqual([]);
    expect(await countOn(cluster, 'node2')).toBe(before);
    await cluster.start('node1');
    expect(await pollUntil(async () => (await countOn(cluster, 'node2')) === before + 1, 10_000)).toBe(true);
  });

  it('comes back on its port when others restart it, and ends at the end though it is frozen', async () => {
    const { dataDirectory, logFile } = cluster.node('node3');
    const run = (...args: string[]): Buffer =>
      execFileSync(join(cluster.bin, 'pg_ctl'), [...args, '-w', '-D', dataDirectory], { cwd: '/', stdio: 'pipe', ...serverAccount() });
    run('stop', '-m', 'fast');
    run('start', '-l', logFile);
    expect(await ask(cluster.node('node3').url(), 'select 1 as one')).toEqual([{ one: 1 }]);
    cluster.freeze('node3');
    await cluster.stop();
    for (const node of cluster.nodes) expect([serverProcesses(node.dataDirectory), existsSync(node.dataDirectory)]).toEqual([[], false]);
  });
});

it('commits of a synchronous cluster wait for its standbys', async () => {
  const sync = 'ANY 1 (node2,node3)';
  const cluster = await startCluster({ major: 18, folder: folder('sync'), database: 'shop', sync });
  try {
    const url = cluster.node('node1').url('shop');
    const states = async (): Promise<object[]> => ask(url, 'select distinct sync_state from pg_stat_replication');
    expect(await pollUntil(async () => JSON.stringify(await states()) === '[{"sync_state":"quorum"}]', 5_000)).toBe(true);
    await ask(url, 'insert into app.acknowledged values (1, 1)');
    await cluster.freezeWalSenders('node1');
    await expect(ask(url, 'insert into app.acknowledged values (2, 1)', 500)).rejects.toThrow(/timeout/i);
  } finally {
    await cluster.stop();
  }
});

it('reaches nodes through what is put between, so that a network can be cut', async () => {
  const home = folder('through');
  const cuts = new Map<string, TcpEndpoint>();
  const through = async (name: string, port: number): Promise<number> => {
    const cut = await startTcpEndpoint({ stateFile: `${home}-${name}.json`, node: { name, host: '127.0.0.1', port } });
    cuts.set(name, cut);
    return cut.port;
  };
  const cluster = await startCluster({ major: 18, folder: home, database: 'shop', names: ['node1', 'node2'], ownIdentity: true, through });
  try {
    const { nodes } = registryOf({ targets: { shop: cluster.targetConfig } }).find('shop');
    expect(nodes.map(({ port }) => port)).toEqual([...cuts.values()].map(({ port }) => port));
    const streams = async (): Promise<number> => (await ask(cluster.node('node1').url(), 'select from pg_stat_replication')).length;
    expect(await streams()).toBe(1);
    await cuts.get('node1')?.stop();
    expect(await pollUntil(async () => (await streams()) === 0, 5_000)).toBe(true);
  } finally {
    await cluster.stop();
    await Promise.all([...cuts.values()].map((cut) => cut.stop()));
  }
});

it('runs from the programs of a distribution, which can rewind', async () => {
  if (!findDistribution(15) && !process.env['CI']) return console.warn('NOT TESTED: no distribution PostgreSQL with pg_rewind; set PG_BIN');
  const cluster = await startCluster({ major: 15, folder: folder('distribution'), database: 'shop', distribution: true, names: ['a', 'b'] });
  try {
    expect(cluster.major).toBe(findDistribution(15)?.major);
    expect(await ask(cluster.node('b').url(), 'select pg_is_in_recovery() as standby')).toEqual([{ standby: true }]);
    const rewind = execFileSync(join(cluster.bin, 'pg_rewind'), ['--version'], { encoding: 'utf8' });
    expect(rewind).toContain(String(cluster.major));
  } finally {
    await cluster.stop();
  }
});

import { setTimeout as sleep } from 'node:timers/promises';
import { join } from 'node:path';
import { Client } from 'pg';
import { measureSigns } from '../../../activities/postgres/server';
import { read } from '../../../activities/effects/look';
import type { ReadOperation } from '../../../activities/effects/operation';
import { TargetSessions } from '../../../activities/targets/connections';
import { registryOf } from '../../../activities/targets/registry';
import { startCluster, type ClusterPart } from '../../../scripts/parts/cluster';
import { pollUntil } from '../../../scripts/parts/poll-until';
import { operationsOf } from '../../../workers/worker/operations';
import type { Signs } from '../../../workflows/contracts/signs';
import { runFolder } from '../../support/shared';

describe.each([15, 18] as const)('a primary with a standby, on PostgreSQL %i', (major) => {
  let cluster: ClusterPart;
  let targets: TargetSessions;
  const measured = (target: string) => read(targets, 'measureSigns', measureSigns, { target }) as Promise<Signs>;
  const say = async (node: string, ...statements: string[]): Promise<void> => {
    const client = new Client({ connectionString: cluster.node(node).url('shop') });
    await client.connect();
    for (const statement of statements) await client.query(statement);
    await client.end();
  };
  beforeAll(async () => {
    cluster = await startCluster({
      major,
      folder: join(runFolder(), `signs-${process.pid}-${major}`),
      names: ['node1', 'node2'],
      database: 'shop',
      settings: { wal_receiver_status_interval: '1s', archive_mode: 'on', archive_command: 'true' },
    });
    const shop = cluster.targetConfig as { nodes: readonly { name: string }[] };
    targets = new TargetSessions(registryOf({ targets: { shop, standby: { ...shop, nodes: shop.nodes.filter(({ name }) => name === 'node2') } } }));
  });
  afterAll(async () => {
    await targets?.close();
    await cluster?.stop();
  });

  test('both sides tell the lag, of what is not replayed', async () => {
    expect(await pollUntil(async () => (await measured('shop')).streamingStandbys === 1, 10_000, 100)).toBe(true);
    // The server knows the age of what it replayed last, and that only after it has replayed something.
    await say('node1', 'create table app.first (i int)');
    expect(await pollUntil(async () => (await measured('standby')).replayLagSeconds === 0, 10_000, 100)).toBe(true);
    expect(await measured('standby')).toMatchObject({ role: 'standby', receiving: true, streamingStandbys: 0, replayLagBytes: 0 });
    await say('node2', 'select pg_wal_replay_pause()');
    await say('node1', 'create table app.behind as select generate_series(1, 20000) i');
    await sleep(2_500);
    const [primary, standby] = [await measured('shop'), await measured('standby')];
    await say('node2', 'select pg_wal_replay_resume()');
    for (const signs of [primary, standby]) {
      expect(signs.replayLagBytes).toBeGreaterThan(500_000);
      expect(signs.replayLagSeconds).toBeGreaterThan(0.5);
    }
    expect(primary.role).toBe('primary');
    expect(await pollUntil(async () => (await measured('standby')).replayLagBytes === 0, 10_000, 100)).toBe(true);
  });

  test.each([
    'listBlockers',
    'listLongestTransactions',
    'listConnectionUse',
    'findInvalidIndexes',
    'findPendingSettings',
    'listLargestTables',
    'readServerClock',
  ])('%s answers on a standby', async (name) => {
    const operation = operationsOf()[name] as ReadOperation;
    expect(await read(targets, name, operation, { target: 'standby' })).toBeDefined();
  });

  test('a standby that receives nothing says so', async () => {
    await say('node2', `alter system set primary_conninfo = 'host=127.0.0.1 port=1'`, 'select pg_reload_conf()');
    expect(await pollUntil(async () => (await measured('standby')).receiving === false, 10_000, 100)).toBe(true);
    await say('node2', 'alter system reset primary_conninfo', 'select pg_reload_conf()');
  });

  test('an archiver that fails, until it works again', async () => {
    const switched = ['select txid_current()', 'select pg_switch_wal()'];
    await say('node1', ...switched, `alter system set archive_command = 'false'`, 'select pg_reload_conf()', 'select pg_sleep(0.5)', ...switched);
    expect(await pollUntil(async () => (await measured('shop')).archiverFailing, 20_000, 200)).toBe(true);
    expect(await measured('standby')).toMatchObject({ archiverFailing: false });
    await say('node1', 'alter system reset archive_command', 'select pg_reload_conf()', ...switched);
    expect(await pollUntil(async () => !(await measured('shop')).archiverFailing, 75_000, 500)).toBe(true);
  }, 120_000);
});

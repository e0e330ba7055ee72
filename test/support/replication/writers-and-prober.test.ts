import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect } from 'node:net';
import { once } from 'node:events';
import { Client } from 'pg';
import { type ClusterPart, startCluster } from '../../../scripts/parts/cluster';
import { pollUntil } from '../../../scripts/parts/poll-until';
import { serverAccount } from '../../../scripts/parts/postgres-account';
import { startTcpEndpoint, type TcpEndpoint } from '../../../scripts/parts/tcp-endpoint';
import { runFolder } from '../shared';
import { startAcknowledgedWriters } from '../../../scripts/parts/acknowledged-writers';
import { monotone, type Sight, startEndpointProber } from '../../../scripts/parts/endpoint-prober';

let cluster: ClusterPart;
let endpoint: TcpEndpoint;
let url: string;
beforeEach(async () => {
  const folder = join(runFolder(), `load-${process.pid}-${Date.now()}`);
  cluster = await startCluster({ major: 18, folder, database: 'shop', names: ['node1', 'node2'] });
  endpoint = await startTcpEndpoint({ stateFile: `${folder}.json`, node: at('node1') });
  url = `postgresql://app:app@127.0.0.1:${endpoint.port}/shop`;
});
afterEach(async () => {
  await endpoint?.stop();
  await cluster?.stop();
});

const at = (name: string): { name: string; host: string; port: number } => ({ name, host: '127.0.0.1', port: cluster.node(name).port });

async function order(...orders: object[]): Promise<void> {
  const socket = connect(endpoint.controlPort, '127.0.0.1');
  for (const one of orders) {
    socket.write(`${JSON.stringify(one)}\n`);
    const [answer] = (await once(socket, 'data')) as [Buffer];
    expect(JSON.parse(String(answer))).toMatchObject({ ok: true });
  }
  socket.destroy();
}

async function promote(name: string): Promise<void> {
  const client = new Client({ connectionString: cluster.node(name).url() });
  await client.connect();
  await client.query('select pg_promote(true, 10)');
  await client.end();
}

it('a switchover in the right order loses nothing, and the history is monotone', async () => {
  const [writers, prober] = [startAcknowledgedWriters({ url }), startEndpointProber(url)];
  expect(await pollUntil(() => writers.count() > 200, 10_000)).toBe(true);
  await order({ do: 'close', how: 'kill' });
  execFileSync(join(cluster.bin, 'pg_ctl'), ['stop', '-w', '-m', 'fast', '-D', cluster.node('node1').dataDirectory], {
    cwd: '/',
    ...serverAccount(),
  });
  await promote('node2');
  await order({ do: 'point', node: at('node2'), token: 1 }, { do: 'open' });
  const before = writers.count();
  expect(await pollUntil(() => writers.count() > before + 200, 10_000)).toBe(true);
  const [written, history] = [await writers.stop(), await prober.stop()];
  expect(await writers.lostOn(cluster.node('node2').url('shop'))).toEqual([]);
  expect(written.reconnects).toBe(4);
  expect(written.errors).toBeGreaterThanOrEqual(4);
  expect(written.longestPauseMs).toBeGreaterThan(100);
  expect(monotone(history)).toBe(true);
  const writable = history.flatMap((sight) => ('error' in sight || sight.standby ? [] : [`${sight.node}/${sight.timeline}`]));
  expect([...new Set(writable)]).toEqual(['node1/1', 'node2/2']);
});

it('a promotion after frozen walsenders loses what was acknowledged, and turning back to the old primary is seen', async () => {
  const [writers, prober] = [startAcknowledgedWriters({ url, pauseMs: 5 }), startEndpointProber(url)];
  expect(await pollUntil(() => writers.count() > 20, 10_000)).toBe(true);
  await cluster.freezeWalSenders('node1');
  const before = writers.count();
  expect(await pollUntil(() => writers.count() > before + 20, 10_000)).toBe(true);
  cluster.freeze('node1');
  await promote('node2');
  await order({ do: 'close', how: 'kill' }, { do: 'point', node: at('node2'), token: 1 }, { do: 'open' });
  await sleep(500);
  cluster.thaw('node1');
  await order({ do: 'close', how: 'kill' }, { do: 'point', node: at('node1'), token: 2 }, { do: 'open' });
  await sleep(300);
  const [, history] = [await writers.stop(), await prober.stop()];
  expect((await writers.lostOn(cluster.node('node2').url('shop'))).length).toBeGreaterThanOrEqual(20);
  expect(monotone(history)).toMatch(/node1 was writable on timeline 1, after node2 on timeline 2/);
});

it('two nodes that are writable on one timeline are seen', () => {
  const sight = (node: string, timeline: number, standby = false): Sight => ({ atMs: 1, node, port: 1, standby, timeline });
  expect(monotone([sight('a', 1), sight('b', 1, true), sight('b', 2), sight('a', 3)])).toBe(true);
  expect(monotone([sight('a', 1), { atMs: 2, error: 'closed' }, sight('b', 1)])).toMatch('and so was a');
});

import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Client as Postgres } from 'pg';
import { ControlDatabase } from '../../activities/control/database';
import { endpointOf } from '../../activities/replication/endpoints/endpoint-of';
import type { Endpoint } from '../../activities/replication/providers';
import { registryOf } from '../../activities/targets/registry';
import type { RunStatus } from '../../workflows/engine/display/status';
import { askAgain } from '../../activities/runs/ask-again';
import { startAcknowledgedWriters, type Written } from '../parts/acknowledged-writers';
import { startCluster, type ClusterPart } from '../parts/cluster';
import { findPgBouncer, startPgBouncer } from '../parts/pgbouncer';
import { pollUntil } from '../parts/poll-until';
import { serverAccount } from '../parts/postgres-account';
import { startPostgres } from '../parts/postgres-server';
import { startTcpEndpoint } from '../parts/tcp-endpoint';
import { forkWorker } from './forked-worker';
import { seriesOf, type Series } from './numbers';
import { bundleWorkflows, progress, TARGET, TASK_QUEUE, type Setting } from './setting';

/** What applications felt of switchovers through one kind of endpoint. */
export interface SwitchoverPauses {
  readonly through: 'pgbouncer' | 'tcp';
  readonly pauseMs: Series;
  readonly p90Ms: number;
  readonly errors: number;
  readonly reconnects: number;
  readonly lost: number;
  /** The same steps by hand-written SQL and pg_ctl, without plan, proof, lock and record. */
  readonly byHandMs: Series;
  readonly overByHand: number;
}

const NAMESPACE = 'bench-switchover';
const ROUNDS = 20;
const BY_HAND = 5;

/** Switchovers in a row under four writers, against the same steps by hand. */
export async function measureSwitchovers(setting: Setting, quick: boolean): Promise<SwitchoverPauses[]> {
  const measured: SwitchoverPauses[] = [];
  for (const through of [...(findPgBouncer() ? (['pgbouncer'] as const) : []), 'tcp' as const])
    measured.push(await measureThrough(setting, through, quick ? 4 : ROUNDS, quick ? 2 : BY_HAND));
  return measured;
}

async function measureThrough(setting: Setting, through: 'pgbouncer' | 'tcp', rounds: number, byHand: number): Promise<SwitchoverPauses> {
  const folder = join(setting.folder, through);
  const cluster = await startCluster({ major: 18, folder: `${folder}-cluster`, database: TARGET, ownIdentity: true });
  const controlServer = await startPostgres({ major: 18, dataDirectory: `${folder}-control` });
  const controlUrl = `postgresql://rb_journal:journal@${controlServer.host}:${controlServer.port}/postgres`;
  const control = new ControlDatabase({ url: controlUrl });
  await control.migrate(controlServer.url());
  await control.close();
  const [node] = cluster.nodes;
  if (!node) throw new Error('A cluster has nodes.');
  const pooler = through === 'pgbouncer' ? await startPgBouncer({ folder: `${folder}-pooler`, database: TARGET, node }) : null;
  const tcp = pooler ? null : await startTcpEndpoint({ stateFile: `${folder}-endpoint.json`, node });
  const url = pooler?.url() ?? `postgresql://app:app@127.0.0.1:${tcp?.port ?? 0}/${TARGET}`;
  const content = { targets: { [TARGET]: { ...cluster.targetConfig, endpoint: pooler?.endpoint ?? tcp?.config } } };
  const targetsFile = `${folder}-targets.json`;
  writeFileSync(targetsFile, JSON.stringify(content));
  const workflows = require.resolve('../../workflows');
  const bundle = await bundleWorkflows(`${folder}-bundle.js`, workflows);
  const worker = await forkWorker({ ...setting, targetsFile, controlUrl, workflows, bundle }, NAMESPACE);
  const endpoint = endpointOf(registryOf(content).find(TARGET));
  if (!endpoint) throw new Error('The target has an endpoint.');
  try {
    const pauses: number[] = [];
    const hands: number[] = [];
    const [all, lost] = [[] as Written[], [] as bigint[]];
    const felt = async (work: () => Promise<void>, into: number[]): Promise<void> => {
      const writers = startAcknowledgedWriters({ url, pauseMs: 2 });
      await pollUntil(() => writers.count() > 100, 10_000);
      await work();
      const written = await writers.stop();
      into.push(written.longestPauseMs);
      if (into === hands) return;
      all.push(written);
      for (const server of cluster.nodes) if ((await roleOf(server.url())) === 'primary') lost.push(...(await writers.lostOn(server.url(TARGET))));
    };
    for (let round = 1; round <= rounds; round++) {
      await felt(() => byRunbook(setting, through), pauses);
      progress(`switchover through ${through}, ${round} of ${rounds}: pause ${pauses.at(-1) ?? NaN} ms`);
    }
    for (let round = 1; round <= byHand; round++) await felt(() => switchByHand(cluster, endpoint, 1_000_000 + round), hands);
    const [pauseMs, byHandMs] = [seriesOf(pauses), seriesOf(hands)];
    const sorted = [...pauses].sort((a, b) => a - b);
    return {
      through,
      pauseMs,
      p90Ms: sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * 0.9))] ?? NaN,
      errors: all.reduce((sum, one) => sum + one.errors, 0),
      reconnects: all.reduce((sum, one) => sum + one.reconnects, 0),
      lost: lost.length,
      byHandMs,
      overByHand: Number((pauseMs.median / byHandMs.median).toPrecision(3)),
    };
  } finally {
    await worker.kill();
    await Promise.all([pooler?.stop(), tcp?.stop()]);
    await Promise.all([cluster.stop(), controlServer.stop('immediate')]);
    rmSync(`${folder}-cluster`, { recursive: true, force: true });
  }
}

async function byRunbook(setting: Setting, through: string): Promise<void> {
  const handle = await setting.client(NAMESPACE).workflow.start('switchover', {
    workflowId: `switchover/${through}/${randomUUID()}`,
    taskQueue: TASK_QUEUE,
    args: [{ target: TARGET, by: 'bench' }],
  });
  let asked = '';
  const end = await pollUntil(async () => {
    const status = await askAgain(() => handle.query<RunStatus>('status'));
    if (status.parked) throw new Error(`switchover parked: ${status.parked.failure.message}`);
    if (status.gate && status.plan && status.gate.openedAt !== asked) {
      asked = status.gate.openedAt;
      await handle.executeUpdate('approve', { args: [{ plan: status.plan.slice(0, 8), gate: status.gate.number, by: 'olga' }] });
    }
    return status.outcome !== null && status;
  }, 60_000);
  if (end?.outcome !== 'done') throw new Error(`switchover ended as ${end?.outcome ?? 'nothing'}: ${end?.summary ?? 'no end in a minute'}`);
}

/** What a practised person does by hand, in the same order and with the same waits. */
async function switchByHand(cluster: ClusterPart, endpoint: Endpoint, token: number): Promise<void> {
  const roles = await Promise.all(cluster.nodes.map(async (node) => ({ node, role: await roleOf(node.url()) })));
  const [old, ...standbys] = roles.sort((a) => (a.role === 'primary' ? -1 : 1)).map(({ node }) => node);
  const [next, ...others] = standbys;
  if (!old || !next) throw new Error('A switchover needs two nodes.');
  for (const node of [old, next]) await say(node.url(), 'checkpoint');
  for (const { name } of [old, ...others]) await say(next.url(), `select pg_create_physical_replication_slot('${name}', true)`);
  await endpoint.close('drain', 5_000, new AbortController().signal);
  writeFileSync(join(old.dataDirectory, 'standby.signal'), '');
  await promisify(execFile)(join(cluster.bin, 'pg_ctl'), ['stop', '-w', '-s', '-m', 'fast', '-D', old.dataDirectory], {
    cwd: '/',
    ...serverAccount(),
  });
  await say(next.url(), 'select pg_promote(true, 60)');
  await endpoint.point(next, token);
  await endpoint.open();
  const towards = (name: string): string[] => [
    `alter system set primary_conninfo = 'host=127.0.0.1 port=${next.port} user=${cluster.replication.user} password=${cluster.replication.password} application_name=${name}'`,
    `alter system set primary_slot_name = '${name}'`,
    'select pg_reload_conf()',
  ];
  for (const other of others) await say(other.url(), ...towards(other.name));
  await cluster.start(old.name);
  await say(old.url(), ...towards(old.name), ...[next, ...others].map(({ name }) => `select pg_drop_replication_slot('${name}')`));
  const streams = await pollUntil(
    async () => (await say(next.url(), `select 1 from pg_stat_replication where state = 'streaming'`)) === standbys.length,
    20_000,
  );
  if (!streams) throw new Error('The standbys do not follow what was promoted by hand.');
}

async function say(connectionString: string, ...statements: string[]): Promise<number> {
  const client = new Postgres({ connectionString });
  await client.connect();
  try {
    let rows = 0;
    for (const statement of statements) rows = (await client.query(statement)).rowCount ?? 0;
    return rows;
  } finally {
    await client.end();
  }
}

const roleOf = async (url: string): Promise<'primary' | 'standby'> =>
  (await say(url, 'select 1 where pg_is_in_recovery()')) ? 'standby' : 'primary';

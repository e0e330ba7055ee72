import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Client } from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils';
import { NativeConnection } from '@temporalio/worker';
import { Client as Postgres } from 'pg';
import { registryOf } from '../activities/targets/registry';
import { TargetSessions } from '../activities/targets/connections';
import { connectClient, createRunbookWorker } from '../workers/worker/create-worker';
import { startPostgres } from './parts/postgres-server';
import { projectRoot } from './parts/project-root';
import { prepareTarget } from './parts/target-setup';
import { provideTemporal } from './parts/temporal-server';

/** The runs that are recorded: their workflow type, and the input with which they have something to do. */
const RUNS = {
  'relieve-connection-exhaustion': {
    type: 'relieveConnectionExhaustion',
    input: { wantFree: 95, idleInTransactionFor: '200 milliseconds', idleFor: '200 milliseconds', rounds: 2 },
  },
  'upgrade-extension': { type: 'upgradeExtension', input: { extension: 'pg_trgm', to: '1.6' } },
  'settle-prepared-transaction': { type: 'settlePreparedTransaction', input: { gid: 'order-4711', outcome: 'commit', olderThan: '0 seconds' } },
  'relieve-memory-pressure': { type: 'relieveMemoryPressure', input: { lowerFor: 'app_web', workMem: '2MB' } },
  'make-database-read-only': { type: 'makeDatabaseReadOnly', input: {} },
  'make-database-writable': { type: 'makeDatabaseWritable', input: {} },
  'maintain-tviews': { type: 'maintainTviews', input: {} },
  'measure-tview-performance': { type: 'measureTviewPerformance', input: {} },
} as const;

const NAMESPACE = 'recording';
const TASK_QUEUE = 'runbooks';

interface Status {
  readonly plan: string | null;
  readonly gate: { readonly openedAt: string } | null;
  readonly parked: object | null;
  readonly outcome: string | null;
}

/** Runs every runbook on real servers, approves all gates, and writes the histories that the replay test plays back. */
async function main(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'pg-runbooks-record-'));
  const temporal = await provideTemporal({ ignoreEnvironment: true, databaseFile: join(folder, 'temporal.db'), namespaces: [NAMESPACE] });
  const postgres = await startPostgres({
    major: 18,
    dataDirectory: join(folder, 'shop'),
    durable: false,
    settings: { max_prepared_transactions: 2 },
  });
  const registry = registryOf({ targets: { shop: await prepareTarget(postgres, { name: 'shop', database: 'shop', environment: 'test' }) } });
  const connection = await NativeConnection.connect({ address: temporal.address });
  const sessions = new TargetSessions(registry);
  const worker = await createRunbookWorker({ connection, namespace: NAMESPACE, taskQueue: TASK_QUEUE, registry, sessions, control: null });
  const running = worker.run();
  const client = await connectClient(temporal.address, NAMESPACE, 'recorder');
  const open = await somethingToDo(postgres.url('shop'));
  try {
    const target = join(projectRoot(), 'test', 'replay');
    mkdirSync(target, { recursive: true });
    for (const name of Object.keys(RUNS) as (keyof typeof RUNS)[]) {
      writeFileSync(join(target, `${name}.json`), `${await recorded(client, name)}\n`);
      console.log(`test/replay/${name}.json is recorded.`);
    }
  } finally {
    await Promise.all(open.map((session) => session.end().catch(() => undefined)));
    worker.shutdown();
    await running;
    await sessions.close();
    await client.connection.close();
    await connection.close();
    await postgres.stop('immediate');
    await temporal.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The smallest installation of pg_tviews, released interface: one view and its table. */
const TVIEWS = `
  create table public.pg_tview_meta (entity text primary key, view_oid oid, table_oid oid, dependencies oid[]);
  create table app.tb_order (pk_order int primary key); create view app.v_order as select pk_order from app.tb_order;
  create table app.tv_order (pk_order int primary key); grant usage on schema app to rb_read, rb_maint; grant select on public.pg_tview_meta to rb_read;
  insert into public.pg_tview_meta values ('order', 'app.v_order'::regclass, 'app.tv_order'::regclass, array['app.tb_order'::regclass::oid]);`;

/** Idle sessions, an extension of an older version, a prepared transaction, and a TVIEW. */
async function somethingToDo(url: string): Promise<Postgres[]> {
  const admin = await connected(url);
  await admin.query(`create role app_web login password 'app_web'; grant create on database shop to rb_own; create schema app authorization rb_own;
    set role rb_own; create extension pg_trgm schema app version '1.5'; reset role`);
  await admin.query(`alter database shop owner to rb_own; grant app_web to rb_ctl with admin true; ${TVIEWS}`);
  await admin.query('set role rb_own');
  await admin.query(`begin; create table app.prepared (); prepare transaction 'order-4711'`);
  await admin.end();
  const asApp = new URL(url);
  [asApp.username, asApp.password] = ['app_web', 'app_web'];
  const open = await Promise.all(Array.from({ length: 6 }, () => connected(asApp.href)));
  for (const [i, session] of open.entries()) await session.query(i < 2 ? 'begin' : 'select 1');
  return open;
}

async function connected(url: string): Promise<Postgres> {
  const client = new Postgres({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

async function recorded(client: Client, name: keyof typeof RUNS): Promise<string> {
  const { type, input } = RUNS[name];
  const args = [{ target: 'shop', by: 'rita', ...input }];
  const handle = await client.workflow.start(type, { workflowId: `${name}/recorded`, taskQueue: TASK_QUEUE, args });
  for (let approved = ''; ; await new Promise((resolve) => setTimeout(resolve, 100))) {
    const status = await handle.query<Status>('status');
    if (status.outcome) break;
    if (status.parked) {
      await handle.executeUpdate('rollback', { args: [{ by: 'olga', reason: 'recorded as it is' }] });
      break;
    }
    if (!status.gate || status.gate.openedAt === approved) continue;
    approved = status.gate.openedAt;
    await handle.executeUpdate('approve', { args: [{ plan: status.plan?.slice(0, 8), by: 'olga' }] });
  }
  await handle.result().catch(() => undefined);
  // Who recorded it, and on which machine, is nobody's business.
  return historyToJSON(await handle.fetchHistory()).replace(/("identity":\s*)"[^"]*"/g, '$1"recorder"');
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});

import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { Worker } from '@temporalio/worker';
import { Client as Postgres } from 'pg';
import { startPostgres, type PostgresPart } from '../../scripts/parts/postgres-server';
import { prepareTarget } from '../../scripts/parts/target-setup';
import { PAYLOAD_CONVERTER } from '../../workers/worker/workflow-code';
import type { CrashRule } from './crash-rule';
import { runFolder, sharedTemporal, takeNamespace, testBundle } from './shared';
import { startWorkerProcess, type WorkerProcess } from './worker-process';
import { quiet, runHandle, type RunHandle } from './world';

export interface CrashServer {
  /** Each is a database and a target of the same name. */
  readonly targets: readonly string[];
  readonly settings?: Record<string, string | number>;
  /** For servers whose runs must not wait for one another's cluster lock. */
  readonly ownIdentity?: boolean;
  /** Puts something between the targets and the server; returns the port to connect to. */
  readonly through?: (port: number) => Promise<number>;
}

/** Targets on real servers in a Temporal namespace of their own, without a worker: tests start and kill worker processes. */
export interface CrashWorld {
  readonly client: Client;
  readonly servers: readonly PostgresPart[];
  /** A superuser's connection to a target's database. */
  admin(target: string): Promise<Postgres>;
  /** Starts a run of id `<runbook>/<target>`, or of the given id. */
  start(runbook: string, target: string, input?: object, id?: string): Promise<RunHandle>;
  /** A worker process; with rules it kills itself when all of them are reached. */
  worker(rules?: readonly CrashRule[]): Promise<WorkerProcess>;
  /** Replays a run from its history; fails where the workflow would take another way. */
  replay(run: RunHandle): Promise<void>;
  stop(): Promise<void>;
}

const TASK_QUEUE = 'runbooks';

/** With a short `taskTimeout` a task whose worker was killed is soon given to another one; not for very many runs at once. */
export async function startCrashWorld(
  servers: readonly CrashServer[],
  major: 15 | 18 = 18,
  taskTimeout: '10 seconds' | '3 seconds' = '10 seconds',
): Promise<CrashWorld> {
  quiet();
  const [address, namespace, codePath] = await Promise.all([sharedTemporal(), takeNamespace(), testBundle()]);
  const started = await Promise.all(
    servers.map((server, i) => startServer({ server, major, dataDirectory: join(runFolder(), `pg-${namespace}-${i}`), name: `base-${i}` })),
  );
  const targets = Object.assign({}, ...started.map((one) => one.targets)) as Record<string, object>;
  const connection = await Connection.connect({ address });
  const client = new Client({ connection, namespace, dataConverter: { payloadConverterPath: PAYLOAD_CONVERTER } });
  const admins = new Map<string, Postgres>();
  const workers: WorkerProcess[] = [];
  return {
    client,
    servers: started.map(({ postgres }) => postgres),
    admin: async (target) => {
      const known = admins.get(target);
      if (known) return known;
      const server = started.find((one) => Object.hasOwn(one.targets, target));
      if (!server) throw new Error(`No server has the target ${target}.`);
      const admin = await connect(server.postgres.url(target));
      admins.set(target, admin);
      return admin;
    },
    start: async (runbook, target, input = {}, id = `${runbook}/${target}`) => {
      const args = [{ by: 'rita', ...input, target }];
      const handle = await client.workflow.start(runbook, { workflowId: id, taskQueue: TASK_QUEUE, args, workflowTaskTimeout: taskTimeout });
      return runHandle(client.workflow.getHandle(id, handle.firstExecutionRunId), id);
    },
    worker: async (rules = []) => {
      const worker = await startWorkerProcess({ address, namespace, taskQueue: TASK_QUEUE, codePath, registry: { targets }, rules });
      workers.push(worker);
      return worker;
    },
    replay: async (run) => {
      const options = { workflowBundle: { codePath }, dataConverter: { payloadConverterPath: PAYLOAD_CONVERTER } };
      await Worker.runReplayHistory(options, await run.handle.fetchHistory(), run.id);
    },
    stop: async () => {
      await Promise.all(workers.map((worker) => worker.kill()));
      await Promise.all([...admins.values()].map((admin) => admin.end()));
      await connection.close();
      await Promise.all(started.map(({ postgres }) => postgres.stop('immediate')));
    },
  };
}

interface ToStart {
  readonly server: CrashServer;
  readonly major: 15 | 18;
  readonly dataDirectory: string;
  readonly name: string;
}

async function startServer({ server, major, dataDirectory, name }: ToStart): Promise<{ postgres: PostgresPart; targets: Record<string, object> }> {
  const { settings, ownIdentity = false } = server;
  const postgres = await startPostgres({ major, dataDirectory, durable: false, ownIdentity, ...(settings ? { settings } : {}) });
  const cluster = await connect(postgres.url());
  await cluster.query(`create role app login password 'app'`);
  const base = await prepareTarget(postgres, { name, database: name, environment: 'test', applicationRoles: ['app'] });
  await prepareBase(await connect(postgres.url(name)));
  const port = server.through ? await server.through(postgres.port) : postgres.port;
  const nodes = (base as { nodes: object[] }).nodes.map((node) => ({ ...node, port }));
  for (const target of server.targets) {
    const database = cluster.escapeIdentifier(target);
    await cluster.query(`create database ${database} template ${cluster.escapeIdentifier(name)}`);
    // For a trusted extension; rights on a database are not copied from its template.
    await cluster.query(`grant create on database ${database} to rb_own`);
  }
  await cluster.end();
  return { postgres, targets: Object.fromEntries(server.targets.map((database) => [database, { ...base, database, nodes }])) };
}

async function prepareBase(admin: Postgres): Promise<void> {
  await admin.query(`
    create schema app; grant usage on schema app to rb_read, rb_own, rb_ctl; create table app.shelf (name text primary key, amount int);
    insert into app.shelf values ('apples', 1), ('pears', 2), ('plums', 0); alter table app.shelf owner to rb_own; grant select on app.shelf to rb_read, rb_ctl;
    grant alter system on parameter work_mem to rb_ctl; grant select on pg_file_settings to rb_read, rb_ctl; grant execute on function pg_show_all_file_settings() to rb_read, rb_ctl;
    do $$ begin execute format('grant create on database %I to rb_own', current_database()); end $$;
    grant create on schema public to rb_own; set role rb_own; create extension pg_trgm version '1.5'; reset role`);
  await admin.end();
}

async function connect(connectionString: string): Promise<Postgres> {
  const client = new Postgres({ connectionString });
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

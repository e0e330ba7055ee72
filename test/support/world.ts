import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, Connection, ServiceError, type WorkflowHandle } from '@temporalio/client';
import { DefaultLogger, NativeConnection, Runtime, type Worker } from '@temporalio/worker';
import { Client as Postgres } from 'pg';
import { startPostgres, type PostgresPart } from '../../scripts/parts/postgres-server';
import { prepareTarget } from '../../scripts/parts/target-setup';
import { TargetSessions } from '../../activities/targets/connections';
import { registryOf, type Registry } from '../../activities/targets/registry';
import type { OnStage } from '../../activities/effects/activity';
import type { RunReport, RunResult } from '../../workflows/contracts/journal';
import type { RunStatus } from '../../workflows/engine/display/status';
import type { ControlDatabase } from '../../activities/control/database';
import type { Notifier } from '../../activities/notify/notifier';
import { NOT_YET } from '../../workflows/contracts/messages';
import { createRunbookWorker } from '../../workers/worker/create-worker';
import { PAYLOAD_CONVERTER } from '../../workers/worker/workflow-code';
import { operationsOf } from '../../workers/worker/operations';
import * as testOperations from './operations';
import * as testWorkflows from './runbooks';
import { runFolder, sharedTemporal, takeNamespace, testBundle } from './shared';

export interface WorldOptions {
  readonly major?: 15 | 18;
  readonly settings?: Record<string, string | number>;
  readonly onStage?: OnStage;
  readonly control?: ControlDatabase;
  readonly notifier?: Notifier;
  readonly freezes?: readonly { readonly from: string; readonly to: string; readonly because: string }[];
  readonly environment?: string;
  readonly approvals?: 'claimed' | 'principal';
  /** Registry names of the same database beside `shop`. */
  readonly aliases?: readonly string[];
}

/** A Temporal namespace, a PostgreSQL server, a target `shop` on it and a worker: all real, all this test file's own. */
export interface World {
  readonly namespace: string;
  readonly taskQueue: string;
  readonly client: Client;
  readonly postgres: PostgresPart;
  readonly registry: Registry;
  readonly sessions: TargetSessions;
  /** A superuser's connection to the target's database. */
  readonly admin: Postgres;
  worker: Worker;
  start(runbook: string, input?: object, id?: string): Promise<RunHandle>;
  stop(): Promise<void>;
}

export interface RunHandle {
  readonly id: string;
  readonly handle: WorkflowHandle;
  result(): Promise<RunResult>;
  status(): Promise<RunStatus>;
  report(): Promise<RunReport>;
  send(kind: string, message: object): Promise<{ accepted: true; message: string }>;
  /** Approves the open gate by its number and the current plan's hash, as soon as it is open. */
  approve(by?: string, more?: object): Promise<void>;
  /** Waits until the status is as wanted; fails with the status after 75 seconds. */
  until(wanted: (status: RunStatus) => boolean, what?: string): Promise<RunStatus>;
  /** The failure with which the run closed: its type and message. */
  failure(): Promise<{ type: string; message: string }>;
}

export async function startWorld(options: WorldOptions = {}): Promise<World> {
  quiet();
  const [address, namespace, codePath] = await Promise.all([sharedTemporal(), takeNamespace(), testBundle()]);
  const taskQueue = 'runbooks';
  const postgres = await startPostgres({
    major: options.major ?? 18,
    dataDirectory: join(runFolder(), `pg-${namespace}`),
    durable: false,
    ...(options.settings ? { settings: options.settings } : {}),
  });
  const shop = await prepareTarget(postgres, {
    name: 'shop',
    database: 'shop',
    environment: options.environment ?? 'test',
    ...(options.approvals ? { approvals: options.approvals } : {}),
  });
  const registry = registryOf({
    freezes: options.freezes ?? [],
    targets: Object.fromEntries(['shop', ...(options.aliases ?? [])].map((name) => [name, shop])),
  });
  const admin = new Postgres({ connectionString: postgres.url('shop') });
  admin.on('error', () => undefined);
  await admin.connect();
  await admin.query(`create schema app; grant usage on schema app to rb_read, rb_own, rb_ctl; create table app.shelf (name text primary key, amount int);
    insert into app.shelf values ('apples', 1), ('pears', 2), ('plums', 0); alter table app.shelf owner to rb_own; grant select on app.shelf to rb_read, rb_ctl`);
  const sessions = new TargetSessions(registry);
  const connection = await NativeConnection.connect({ address });
  const clientConnection = await Connection.connect({ address });
  const client = new Client({ connection: clientConnection, namespace, dataConverter: { payloadConverterPath: PAYLOAD_CONVERTER } });
  const worker = await createRunbookWorker({
    connection,
    namespace,
    taskQueue,
    registry,
    sessions,
    control: options.control ?? null,
    notifier: options.notifier ?? null,
    workflows: testWorkflows,
    operations: operationsOf([testOperations]),
    bundle: { codePath },
    ...(options.onStage ? { onStage: options.onStage } : {}),
  });
  const running = worker.run();
  const world: World = {
    namespace,
    taskQueue,
    client,
    postgres,
    registry,
    sessions,
    admin,
    worker,
    start: async (runbook, input = {}, id = `${runbook}/${randomBytes(4).toString('hex')}`) => {
      const handle = await client.workflow.start(runbook, { workflowId: id, taskQueue, args: [{ target: 'shop', by: 'rita', ...input }] });
      return runHandle(client.workflow.getHandle(id, handle.firstExecutionRunId), id);
    },
    stop: async () => {
      worker.shutdown();
      await running;
      await sessions.close();
      await connection.close();
      await clientConnection.close();
      await admin.end();
      await postgres.stop('immediate');
    },
  };
  return world;
}

export function runHandle(handle: WorkflowHandle, id: string): RunHandle {
  const status = (): Promise<RunStatus> => patientQuery(() => handle.query<RunStatus>('status'));
  const run: RunHandle = {
    id,
    handle,
    result: () => handle.result() as Promise<RunResult>,
    status,
    report: () => patientQuery(() => handle.query<RunReport>('report')),
    send: (kind, message) => handle.executeUpdate(kind, { args: [message] }),
    approve: async (by = 'olga', more = {}) => {
      const { plan, gate, outcome, summary } = await run.until((now) => now.gate !== null || now.outcome !== null, 'a gate');
      if (outcome) throw new Error(`The run ended before its gate (${outcome}): ${summary}`);
      await handle.executeUpdate('approve', { args: [{ plan: plan?.slice(0, 8), gate: gate?.number, by, ...more }] });
    },
    until: async (wanted, what = 'the wanted status') => {
      let last: RunStatus | undefined;
      const until = Date.now() + UNTIL_MS;
      while (Date.now() < until) {
        last = await status();
        if (wanted(last)) return last;
        await sleep(50);
      }
      throw new Error(`Never saw ${what}; last: ${JSON.stringify(last)}`);
    },
    failure: async () => {
      try {
        const result = await handle.result();
        throw new Error(`The run did not fail: ${JSON.stringify(result)}`);
      } catch (error) {
        const cause = (error as { cause?: { type?: string; message: string; name?: string } }).cause;
        if (!cause) throw error;
        return { type: cause.type ?? cause.name ?? '', message: cause.message };
      }
    },
  };
  return run;
}

const UNTIL_MS = 150_000;
const ASKS_FOR_MS = 45_000;

/** A query that finds no worker (a test has just killed it) fails by the server's time-out; one that finds a new worker may be told to ask again. */
async function patientQuery<T>(ask: () => Promise<T>): Promise<T> {
  const until = Date.now() + ASKS_FOR_MS;
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      const passes = error instanceof ServiceError || (error instanceof Error && error.message.includes(NOT_YET));
      if (!passes || Date.now() > until) throw error;
      await sleep(200);
    }
  }
}

let installed = false;
export function quiet(): void {
  if (!installed) Runtime.install({ logger: new DefaultLogger(process.env['PG_RUNBOOKS_TEST_LOG'] === undefined ? 'ERROR' : 'DEBUG') });
  installed = true;
}

import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { ControlDatabase } from '../../../activities/control/database';
import { startCluster, type ClusterOptions, type ClusterPart } from '../../../scripts/parts/cluster';
import { startPgBouncer } from '../../../scripts/parts/pgbouncer';
import { startPostgres } from '../../../scripts/parts/postgres-server';
import { startTcpEndpoint } from '../../../scripts/parts/tcp-endpoint';
import { PAYLOAD_CONVERTER } from '../../../workers/worker/workflow-code';
import type { CrashRule } from '../crash-rule';
import { runFolder, sharedTemporal, takeNamespace, testBundle } from '../shared';
import { startWorkerProcess, type WorkerProcess } from '../worker-process';
import { quiet, runHandle, type RunHandle } from '../world';

export interface ReplicationWorldOptions extends Partial<Omit<ClusterOptions, 'folder' | 'database'>> {
  readonly endpoint?: 'tcp' | 'pgbouncer';
  /** Further targets of the same cluster, made of the entry of `shop`. */
  readonly further?: (shop: TargetEntry) => Record<string, object>;
}

/** What tests change of a target's entry in targets.yaml. */
export interface TargetEntry {
  readonly nodes: readonly (object & { readonly name: string })[];
  readonly endpoint: object;
}

/** A cluster with an endpoint and a control database, and workers in processes of their own. */
export interface ReplicationWorld {
  readonly cluster: ClusterPart;
  /** Where applications connect, as `app`. */
  readonly appUrl: string;
  readonly control: ControlDatabase;
  readonly controlUrl: string;
  readonly client: Client;
  /** The content of targets.yaml; the target is `shop`, beside those of `further`. */
  readonly registry: { readonly targets: Record<string, object> };
  start(runbook: string, input?: object, id?: string): Promise<RunHandle>;
  worker(rules?: readonly CrashRule[]): Promise<WorkerProcess>;
  stop(): Promise<void>;
}

const TASK_QUEUE = 'runbooks';

/** Starts everything that a replication runbook needs; the target's name is `shop`. */
export async function startReplicationWorld({
  endpoint = 'tcp',
  major = 18,
  further = () => ({}),
  ...options
}: ReplicationWorldOptions = {}): Promise<ReplicationWorld> {
  quiet();
  const [address, namespace, codePath] = await Promise.all([sharedTemporal(), takeNamespace(), testBundle()]);
  const folder = runFolder();
  const home = join(folder, `cluster-${namespace}`);
  const [cluster, controlServer] = await Promise.all([
    startCluster({ major, ...options, folder: home, database: 'shop', ownIdentity: true }),
    startPostgres({ major: 18, dataDirectory: join(folder, `control-${namespace}`), durable: false }),
  ]);
  const first = cluster.nodes[0] as (typeof cluster.nodes)[number];
  const controlUrl = `postgresql://rb_journal:journal@${controlServer.host}:${controlServer.port}/postgres`;
  const control = new ControlDatabase({ url: controlUrl });
  await control.migrate(controlServer.url());
  const tcp = endpoint === 'tcp' ? await startTcpEndpoint({ stateFile: join(folder, `endpoint-${namespace}.json`), node: first }) : null;
  const bouncer =
    endpoint === 'pgbouncer' ? await startPgBouncer({ folder: join(folder, `bouncer-${namespace}`), database: 'shop', node: first }) : null;
  const appUrl = bouncer?.url() ?? `postgresql://app:app@127.0.0.1:${tcp?.port ?? 0}/shop`;
  const shop = { ...cluster.targetConfig, endpoint: bouncer?.endpoint ?? tcp?.config } as TargetEntry;
  const registry = { targets: { ...further(shop), shop } };
  const connection = await Connection.connect({ address });
  const client = new Client({ connection, namespace, dataConverter: { payloadConverterPath: PAYLOAD_CONVERTER } });
  const workers: WorkerProcess[] = [];
  let runs = 0;
  return {
    cluster,
    appUrl,
    control,
    controlUrl,
    client,
    registry,
    start: async (runbook, input = {}, id = `${runbook}/shop/${++runs}`) => {
      const args = [{ by: 'rita', target: 'shop', ...input }];
      const handle = await client.workflow.start(runbook, { workflowId: id, taskQueue: TASK_QUEUE, args });
      return runHandle(client.workflow.getHandle(id, handle.firstExecutionRunId), id);
    },
    worker: async (rules = []) => {
      const worker = await startWorkerProcess({ address, namespace, taskQueue: TASK_QUEUE, codePath, registry, rules, controlUrl });
      workers.push(worker);
      return worker;
    },
    stop: async () => {
      await Promise.all(workers.map((worker) => worker.kill()));
      await Promise.all([tcp?.stop(), bouncer?.stop(), control.close(), connection.close()]);
      await Promise.all([cluster.stop(), controlServer.stop('immediate')]);
    },
  };
}

import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { Client as Postgres } from 'pg';
import { connectionOf, TargetSessions } from '../../activities/targets/connections';
import { createRunbookWorker } from '../../workers/worker/create-worker';
import { PAYLOAD_CONVERTER } from '../../workers/worker/workflow-code';
import { operationsOf } from '../../workers/worker/operations';
import type { BareActivities } from './bare-workflow';
import * as operations from './operations';
import * as workflows from './runbooks';
import { previewPlainly, readPlainly, writePlainly } from './plain-sql';
import { TARGET, TASK_QUEUE, type Setting } from './setting';

export const WHOLE_RUN_NAMESPACE = 'bench-whole-run';
export const BARE_QUEUE = 'bare';

/** Kept connections as the same two logins that the runbook's steps use. */
export interface Plain {
  readonly read: Postgres;
  readonly own: Postgres;
}

export async function plainConnections({ registry }: Setting): Promise<Plain> {
  const target = registry.find(TARGET);
  const [node] = target.nodes;
  if (!node) throw new Error('The target has no node.');
  const plain = { read: new Postgres(connectionOf(target, node, 'read')), own: new Postgres(connectionOf(target, node, 'own')) };
  await Promise.all([plain.read.connect(), plain.own.connect()]);
  return plain;
}

/** One worker for runbooks and one for the bare workflow, with the same settings, in this process. */
export async function startWorkers({ address, registry, bundle }: Setting, plain: Plain): Promise<{ stop(): Promise<void> }> {
  Runtime.install({ logger: new DefaultLogger('ERROR'), shutdownSignals: [] });
  const connection = await NativeConnection.connect({ address });
  const sessions = new TargetSessions(registry);
  const common = { connection, namespace: WHOLE_RUN_NAMESPACE };
  const runbooks = await createRunbookWorker({
    ...common,
    taskQueue: TASK_QUEUE,
    registry,
    sessions,
    control: null,
    workflows,
    operations: operationsOf([operations]),
    bundle: { codePath: bundle },
  });
  const activities: BareActivities = {
    bareRead: ({ name }) => readPlainly(plain.read, name),
    barePreview: ({ name }) => previewPlainly(plain.read, name),
    bareWrite: (order) => writePlainly(plain.own, order),
  };
  const bare = await Worker.create({
    ...common,
    taskQueue: BARE_QUEUE,
    activities: { ...activities },
    workflowBundle: { codePath: bundle },
    dataConverter: { payloadConverterPath: PAYLOAD_CONVERTER },
    maxCachedWorkflows: 600,
  });
  const running = [runbooks.run(), bare.run()];
  return {
    stop: async () => {
      runbooks.shutdown();
      bare.shutdown();
      await Promise.all(running);
      await sessions.close();
      await connection.close();
    },
  };
}

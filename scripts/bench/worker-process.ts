import { readFileSync } from 'node:fs';
import { DefaultLogger, NativeConnection, Runtime } from '@temporalio/worker';
import { ControlDatabase } from '../../activities/control/database';
import { TargetSessions } from '../../activities/targets/connections';
import { registryOf } from '../../activities/targets/registry';
import { createRunbookWorker } from '../../workers/worker/create-worker';
import { operationsOf } from '../../workers/worker/operations';
import { memoryNow } from './memory-probe';
import * as operations from './operations';

/** What the parent process says to a worker process. */
export interface WorkerOrder {
  readonly address: string;
  readonly namespace: string;
  readonly taskQueue: string;
  readonly targetsFile: string;
  readonly bundle: string;
  /** The module from which the bundle was made. */
  readonly workflows: string;
  readonly controlUrl?: string;
}

/** A worker alone in its process: one that can be killed, and whose memory is its own. */
async function main(order: WorkerOrder): Promise<void> {
  Runtime.install({ logger: new DefaultLogger('ERROR'), shutdownSignals: [] });
  const registry = registryOf(JSON.parse(readFileSync(order.targetsFile, 'utf8')));
  const connection = await NativeConnection.connect({ address: order.address });
  const worker = await createRunbookWorker({
    connection,
    namespace: order.namespace,
    taskQueue: order.taskQueue,
    registry,
    sessions: new TargetSessions(registry),
    control: order.controlUrl === undefined ? null : new ControlDatabase({ url: order.controlUrl }),
    workflows: (await import(order.workflows)) as Record<string, unknown>,
    operations: operationsOf([operations]),
    bundle: { codePath: order.bundle },
  });
  process.on('message', (message) => {
    if (message === 'memory') void memoryNow().then((memory) => process.send?.(memory));
  });
  // A parent that died cannot stop this process any more.
  process.on('disconnect', () => process.exit(1));
  process.send?.('ready');
  await worker.run();
}

main(JSON.parse(process.argv[2] ?? '') as WorkerOrder).catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});

import { Client, Connection, WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import type { Registry } from '../../activities/targets/registry';
import type { WorkerConfig } from './config';

/** The id of the one reconciler of a namespace. */
const RECONCILER = 'reconciler';
/** The id of the one approval notifier. */
const APPROVAL_NOTIFIER = 'approval-notifier';

/** Starts what lives beside the runs, where it does not run yet: the reconciler, the approval notifier, and a sampler for each cluster of several nodes. */
export async function startEntities(
  config: WorkerConfig,
  registry: Registry,
  { hasControl, hasNotifier }: { readonly hasControl: boolean; readonly hasNotifier: boolean },
): Promise<void> {
  const connection = await Connection.connect(config.connectionOptions);
  try {
    const client = new Client({ connection, namespace: config.namespace });
    const start = (type: string, workflowId: string, input: object): Promise<unknown> =>
      client.workflow
        .start(type, { workflowId, taskQueue: config.RUNBOOKS_TASK_QUEUE, args: [input], workflowIdConflictPolicy: 'USE_EXISTING' })
        .catch((error: unknown) => {
          if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
        });
    await start('reconciler', RECONCILER, {});
    if (hasNotifier) await start('approvalNotifier', APPROVAL_NOTIFIER, {});
    for (const [cluster, target] of hasControl ? clustersOf(registry) : []) await start('replicationSampler', `sampler/${cluster}`, { target });
  } finally {
    await connection.close();
  }
}

/** One target for each cluster of several nodes, by its system identifier. */
function clustersOf(registry: Registry): Map<string, string> {
  const clusters = new Map<string, string>();
  for (const name of registry.names) {
    const { expects, nodes } = registry.find(name);
    if (expects && nodes.length > 1 && !clusters.has(expects.systemIdentifier)) clusters.set(expects.systemIdentifier, name);
  }
  return clusters;
}

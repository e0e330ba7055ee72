import { Client, Connection } from '@temporalio/client';
import { Worker, bundleWorkflowCode, type NativeConnection, type WorkerOptions } from '@temporalio/worker';
import { SearchAttributeNames, runbookActivities, type ActivityParts } from './compose';
import { registeredSearchAttributes } from './registered-search-attributes';
import { SHIPPED_BUNDLE, currentBundle } from './workflow-bundle';
import { PAYLOAD_CONVERTER, WORKFLOWS, bundling } from './workflow-code';

export interface RunbookWorkerOptions extends Omit<ActivityParts, 'searchAttributes' | 'namespace' | 'taskQueue'> {
  readonly connection: NativeConnection;
  readonly namespace: string;
  readonly taskQueue: string;
  /** Another workflow bundle than the one that came with the build; for tests and benchmarks. */
  readonly bundle?: NonNullable<WorkerOptions['workflowBundle']>;
  readonly deployment?: { readonly name: string; readonly buildId: string };
}

/** Makes the Temporal worker with all runbooks, entities and activities. */
export async function createRunbookWorker(options: RunbookWorkerOptions): Promise<Worker> {
  const { connection, namespace, taskQueue, bundle, deployment } = options;
  const searchAttributes = await registeredSearchAttributes(connection, namespace, SearchAttributeNames);
  return Worker.create({
    connection,
    namespace,
    taskQueue,
    activities: runbookActivities({ ...options, searchAttributes }),
    // Bundling takes seconds, and a worker is restarted when they count.
    workflowBundle: bundle ?? currentBundle(SHIPPED_BUNDLE) ?? (await bundleWorkflowCode(bundling(WORKFLOWS))),
    dataConverter: { payloadConverterPath: PAYLOAD_CONVERTER },
    // A run whose worker was killed goes on in about a second instead of ten; its lock may have had the same worker, so the wait counts twice.
    stickyQueueScheduleToStartTimeout: '600 milliseconds',
    maxCachedWorkflows: 600,
    maxConcurrentActivityTaskExecutions: 100,
    shutdownGraceTime: '10 seconds',
    ...(deployment
      ? {
          workerDeploymentOptions: {
            useWorkerVersioning: true,
            version: { deploymentName: deployment.name, buildId: deployment.buildId },
            defaultVersioningBehavior: 'PINNED' as const,
          },
        }
      : {}),
  });
}

/** A client over the same converter; for the CLI, the demo and tests. */
export async function connectClient(address: string, namespace: string, identity?: string): Promise<Client> {
  const connection = await Connection.connect({ address });
  return new Client({ connection, namespace, ...(identity ? { identity } : {}), dataConverter: { payloadConverterPath: PAYLOAD_CONVERTER } });
}

import type { UpdateDefinition } from '@temporalio/common';
import { WithStartWorkflowOperation, WorkflowNotFoundError, type Client } from '@temporalio/client';
import { TARGET_LOCK, lockWorkflowId, type LockAnswer, type LockRelease, type LockRequest } from '../../workflows/contracts/lock';

const ACQUIRE = { type: 'update', name: 'acquire' } as UpdateDefinition<LockAnswer, [LockRequest]>;

/** Asks the lock of the measured cluster. It is there but for the first time; to start it with each question takes half as long again. */
export async function requestLock(client: Client, taskQueue: string, request: LockRequest): Promise<LockAnswer> {
  try {
    return await client.workflow.getHandle(lockWorkflowId(request.systemIdentifier)).executeUpdate(ACQUIRE, { args: [request] });
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
    return startLock(client, taskQueue, request);
  }
}

function startLock(client: Client, taskQueue: string, request: LockRequest): Promise<LockAnswer> {
  const { systemIdentifier } = request;
  const startWorkflowOperation = new WithStartWorkflowOperation(TARGET_LOCK, {
    workflowId: lockWorkflowId(systemIdentifier),
    taskQueue,
    workflowIdConflictPolicy: 'USE_EXISTING',
    args: [{ systemIdentifier }],
    staticSummary: `Lock of cluster ${systemIdentifier}`,
  });
  return client.workflow.executeUpdateWithStart(ACQUIRE, { args: [request], startWorkflowOperation });
}

/** Tells the lock that a run lets go of it. */
export const releaseLock = (client: Client, { systemIdentifier, workflowId, open }: LockRelease): Promise<void> =>
  client.workflow.getHandle(lockWorkflowId(systemIdentifier)).signal('release', { workflowId, open });

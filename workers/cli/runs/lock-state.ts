import { lockWorkflowId, type LockState } from '../../../workflows/contracts/lock';
import { queryRun, type Temporal } from '../terminal/temporal';

/** The state of a cluster's lock; null where no run ever asked for it. */
export async function lockState(temporal: Temporal, systemIdentifier: string): Promise<LockState | null> {
  try {
    return await queryRun<LockState>(temporal, lockWorkflowId(systemIdentifier), 'state');
  } catch (error) {
    if ((error as Error).name === 'WorkflowNotFoundError') return null;
    throw error;
  }
}

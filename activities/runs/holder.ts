import type { Client, WorkflowExecutionDescription } from '@temporalio/client';
import { WorkflowNotFoundError } from '@temporalio/client';
import type { HolderVerdict, LockHolder } from '../../workflows/contracts/lock';
import type { ServiceParts } from './service-parts';
import { openEffects } from './open-effects';
import { liveBackends } from './live-backends';

/** Runs that ended well, or rolled back and said so, leave nothing to clean up. */
const ENDED_IN_ORDER = ['COMPLETED', 'CONTINUED_AS_NEW'];

/** Whether a lock's holder still runs; where it does not, what its ledger still has open and whether its SQL still runs. */
export async function judgeHolder(client: Client, parts: ServiceParts, holder: LockHolder): Promise<HolderVerdict> {
  const run = await describeRun(client, holder.workflowId);
  const status = run?.status.name ?? 'UNKNOWN';
  // After a Reset the run goes on under another run id, but its first one stays; a new run under the old id is another run.
  const same = run?.raw.workflowExecutionInfo?.firstRunId === holder.firstRunId;
  if (same && (status === 'RUNNING' || status === 'PAUSED')) return { alive: true };
  const backends = await liveBackends(parts.sessions, holder.target, holder.firstRunId);
  // A killed worker's statement may still run: nobody passes before it has ended.
  if (backends > 0) return { alive: true };
  if (same && ENDED_IN_ORDER.includes(status)) return { alive: false, open: [], because: `it ended (${status.toLowerCase()})` };
  const effects = await openEffects(parts, holder.target, ...owner(holder));
  return { alive: false, open: effects.map((effect) => effect.title), because: `it ended as ${status.toLowerCase()}` };
}

/** Whose effects a holder answers for: a recovery works on those of the run that it recovers. */
const owner = (holder: LockHolder): [workflowId: string, firstRunId: string | null] =>
  holder.successorOf === undefined ? [holder.workflowId, holder.firstRunId] : [holder.successorOf, null];

async function describeRun(client: Client, workflowId: string): Promise<WorkflowExecutionDescription | null> {
  try {
    return await client.workflow.getHandle(workflowId).describe();
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return null;
    throw error;
  }
}

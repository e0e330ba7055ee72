import type { Client, WorkflowExecutionInfo } from '@temporalio/client';
import type { RunReport } from '../../workflows/contracts/journal';
import { lockWorkflowId } from '../../workflows/contracts/lock';
import { openEffects } from './open-effects';
import type { ServiceParts } from './service-parts';

/** Runs that ended without their own last word. */
const QUERY = `ExecutionStatus IN ("Terminated", "TimedOut", "Failed", "Completed", "Canceled") AND RunbookName IS NOT NULL`;
const MOST = 200;

/**
 * Stores the report of every run that ended since a moment and has no final one stored, and tells the lock of its target.
 *
 * A terminated run's report comes from its history: its own `report` query answers for closed runs too.
 */
export async function reconcile(client: Client, parts: ServiceParts, input: { since: string }): Promise<{ reconciled: string[] }> {
  const reconciled: string[] = [];
  if (!parts.searchAttributes.includes('RunbookName')) return { reconciled };
  let seen = 0;
  for await (const run of client.workflow.list({ query: `${QUERY} AND CloseTime > "${input.since}"` })) {
    if (++seen > MOST) break;
    const stored = await parts.isStored(run.workflowId).catch(() => null);
    if (stored !== false) continue;
    const report = await reportOf(client, parts, run);
    if (!report) continue;
    await parts.storeReport(report);
    if (report.identity && hasEnded(run))
      await client.workflow
        .getHandle(lockWorkflowId(report.identity.systemIdentifier))
        .signal('holderEnded', { workflowId: run.workflowId })
        .catch(() => undefined);
    reconciled.push(run.workflowId);
  }
  return { reconciled };
}

const hasEnded = (run: WorkflowExecutionInfo): boolean => ['TERMINATED', 'TIMED_OUT'].includes(run.status.name);

async function reportOf(client: Client, parts: ServiceParts, run: WorkflowExecutionInfo): Promise<RunReport | null> {
  const handle = client.workflow.getHandle(run.workflowId, run.runId);
  const report = await handle.query<RunReport>('report').catch(() => null);
  if (!report || report.endedAt) return report;
  const open = await openEffects(parts, report.target, run.workflowId, null).catch(() => report.open);
  const how = run.status.name === 'TERMINATED' ? 'terminated' : 'failed';
  return {
    ...report,
    outcome: how,
    endedAt: run.closeTime?.toISOString() ?? new Date().toISOString(),
    open,
    summary: `The run was ${run.status.name.toLowerCase().replace('_', ' ')} from outside and could not roll back. ${open.length ? `Still open: ${open.map((effect) => effect.title).join(', ')}. Undo it with: runbook recover ${run.workflowId}` : 'Nothing is open.'}`,
  };
}

import { ChildWorkflowCancellationType, ParentClosePolicy, condition, getExternalWorkflowHandle, startChild } from '@temporalio/workflow';
import type { AskedBy } from '../../contracts/incident';
import type { RunResult } from '../../contracts/journal';
import { alertNews } from '../run/alert-news';
import { refreshDashboard } from '../display/dashboard';
import { failureOf } from '../run/exit';
import type { Incident } from './incident-state';

/** Runs a read-only runbook and keeps what it says. One that fails is noted; the incident goes on. */
export const diagnose = (incident: Incident, runbook: string): Promise<void> =>
  run(incident, 'diagnosis', { runbook, input: {}, by: null, reason: 'to see more of it' });

/** Starts the mitigations that are wanted, each behind its own gate, and hears how they end. */
export async function mitigate(incident: Incident): Promise<void> {
  while (!incident.isOver) {
    await condition(() => incident.isOver || incident.wanted.length > 0);
    for (const wanted of incident.wanted.splice(0)) void run(incident, wanted.by === null ? 'proposal' : 'request', wanted);
  }
}

/** Takes back what was proposed and is not decided: it is over. A proposal that changes something by now goes on to its own verification. */
export async function withdrawProposals(incident: Incident, because: string): Promise<void> {
  const news = { id: `over-${incident.done.size}`, kind: 'resolved', says: because.slice(0, 1_000), allResolved: true } as const;
  for (const { workflowId, asked, outcome } of incident.runs) {
    if (asked !== 'proposal' || outcome !== null) continue;
    // One that has just ended needs no news.
    await getExternalWorkflowHandle(workflowId)
      .signal(alertNews, news)
      .catch(() => undefined);
  }
}

/** A child of its own life: the end of the incident never ends it, and it takes its own lock. Where no person asked for it, no gate is waived. */
async function run(incident: Incident, asked: AskedBy, wanted: Incident['wanted'][number]): Promise<void> {
  const { state } = incident;
  const { runbook, input, by, reason: why } = wanted;
  const part = asked === 'diagnosis' ? 'diagnosis' : 'mitigation';
  const workflowId = `${state.workflowId}/${part}/${incident.runs.length + 1}-${runbook}`;
  const child = { workflowId, runbook, why, asked, outcome: null as string | null };
  incident.runs.push(child);
  incident.note(`Started ${runbook}`, `${child.workflowId}: ${why}`);
  refreshDashboard(state);
  try {
    const handle = await startChild<(input: unknown) => Promise<RunResult>>(runbook, {
      workflowId: child.workflowId,
      args: [
        {
          ...input,
          target: state.target,
          by: by ?? state.options.by ?? 'incident',
          reason: `${incident.title}: ${why}`.slice(0, 1_000),
          ...(by === null ? { trigger: 'alert' } : {}),
        },
      ],
      parentClosePolicy: ParentClosePolicy.ABANDON,
      cancellationType: ChildWorkflowCancellationType.WAIT_CANCELLATION_COMPLETED,
      staticSummary: why.slice(0, 200),
    });
    const { outcome, summary } = await handle.result();
    child.outcome = outcome;
    incident.note(`${runbook} ended: ${outcome}`, summary);
  } catch (error) {
    const { type, message } = failureOf(error);
    child.outcome = type;
    incident.note(`${runbook} did not end well`, `${type}: ${message}`.slice(0, 1_000), 'failed');
  }
  incident.lookNow = true;
  refreshDashboard(state);
}

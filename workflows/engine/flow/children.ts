import { ApplicationFailure, ChildWorkflowCancellationType, ChildWorkflowFailure, ParentClosePolicy, executeChild } from '@temporalio/workflow';
import type { OpenEffect, RunResult, StepRecord } from '../../contracts/journal';
import { ensureFreshApproval } from '../gates/approvals';
import { refuseUngated } from '../effects/changes';
import { closing } from '../run/exit';
import { holdLock } from '../lock/lock-client';
import type { RunState } from '../run/state';

/** Runs another runbook under this run's approval and lock; its open effects become ours. */
export async function runChild(state: RunState, key: string, title: string, id: string, input: unknown): Promise<[RunResult, Partial<StepRecord>]> {
  const planned = state.plan?.steps.find((step) => step.key === key && step.verb === 'runbook');
  if (state.plan && !planned) throw closing('PlanDrifted', `The plan has no child run "${title}".`);
  const changes = planned?.childRisk !== undefined && planned.childRisk !== 'read-only';
  if (changes) {
    refuseUngated(state, title);
    await ensureFreshApproval(state);
  }
  if (changes && !state.lock.isHeld) {
    await holdLock(state);
    await ensureFreshApproval(state);
  }
  // A child that fails may have changed something: from here on the run undoes what it left.
  if (changes) state.effects.registerChild(state.effectKey(key));
  const result = await executeChild<(input: unknown) => Promise<RunResult>>(id, {
    workflowId: `${state.workflowId}/child/${key}/${state.journal.steps.length}`,
    args: [
      {
        ...(input as object),
        ...(state.options.by ? { by: state.options.by } : {}),
        parent: { workflowId: state.workflowId, token: state.lock.token, plan: planned?.child ?? null },
      },
    ],
    parentClosePolicy: ParentClosePolicy.ABANDON,
    cancellationType: ChildWorkflowCancellationType.WAIT_CANCELLATION_COMPLETED,
    staticSummary: title,
  }).catch((error: unknown) => {
    state.effects.adopt(leftOpen(error));
    throw error;
  });
  state.effects.adopt(result.open ?? []);
  return [result, { note: result.summary }];
}

/** The effects that a child left open when it failed; its closing failure carries them. */
function leftOpen(error: unknown): readonly OpenEffect[] {
  const cause = error instanceof ChildWorkflowFailure ? error.cause : undefined;
  const details = cause instanceof ApplicationFailure ? (cause.details?.[0] as { effects?: readonly OpenEffect[] } | undefined) : undefined;
  return details?.effects ?? [];
}

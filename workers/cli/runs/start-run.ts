import { WorkflowIdConflictPolicy, WorkflowIdReusePolicy } from '@temporalio/client';
import { episodeRunId, newRunId } from './run-ids';
import type { Temporal } from '../terminal/temporal';

/** What a run is started with. */
export interface StartOrder {
  readonly runbook: string;
  readonly input: Record<string, unknown> & { readonly target: string };
  readonly by: string;
  readonly reason?: string | undefined;
  readonly id?: string | undefined;
  readonly episode?: string | undefined;
  readonly mode?: 'plan';
  readonly breakGlass?: boolean | undefined;
  readonly overrideFreeze?: boolean | undefined;
}

/** Starts a run; identical starts of one episode join the same run. Throws the client's WorkflowExecutionAlreadyStartedError where the id is taken. */
export async function startRun({ client, config }: Temporal, order: StartOrder): Promise<{ readonly workflowId: string; readonly runId: string }> {
  const { runbook, input, by, reason, episode, mode, breakGlass, overrideFreeze } = order;
  const workflowId = order.id ?? (episode === undefined ? newRunId(runbook, input.target) : episodeRunId(runbook, input.target, episode));
  const handle = await client.workflow.start(runbook, {
    workflowId,
    taskQueue: config.taskQueue,
    args: [
      {
        ...input,
        by,
        ...(reason === undefined ? {} : { reason }),
        ...(episode === undefined ? {} : { episode }),
        ...(mode === undefined ? {} : { mode }),
        ...(breakGlass ? { breakGlass } : {}),
        ...(overrideFreeze ? { overrideFreeze } : {}),
      },
    ],
    ...(episode === undefined
      ? {}
      : {
          workflowIdConflictPolicy: WorkflowIdConflictPolicy.USE_EXISTING,
          workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE_FAILED_ONLY,
        }),
  });
  return { workflowId, runId: handle.firstExecutionRunId };
}

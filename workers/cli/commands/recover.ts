import type { Command } from 'commander';
import { newCommand } from '../terminal/command-shape';

interface RecoverOptions {
  readonly by?: string;
  readonly reason: string;
  readonly target?: string;
  readonly wait?: string;
  readonly json?: boolean;
}

/** `runbook recover <run>`: undoes what an ended run left open, from the ledger of its target and frees the lock. */
export const recover = (): Command =>
  newCommand(
    'recover <run>',
    'undoes what a terminated or abandoned run left open, from its target’s ledger, and frees the lock',
    'runbook recover relieveConnectionExhaustion/orders-eu/20260101-030000-x1y2 --reason "worker host lost"',
  )
    .requiredOption('--reason <text>', 'why; it stands in the report')
    .option('--by <name>', 'who you are (default: RUNBOOK_BY, else the OS user)')
    .option('--target <name>', 'the target, where Temporal no longer knows the run')
    .option('--wait <span>', "waits at most so long, such as '15 minutes'; then exit code 5")
    .action(async (run: string, { by: given, reason, target, wait, json }: RecoverOptions) => {
      const { whoAsks } = await import('../runs/who');
      const { spanOption } = await import('../terminal/spans');
      const { WorkflowIdConflictPolicy, WorkflowIdReusePolicy } = await import('@temporalio/client');
      const { withTemporal } = await import('../terminal/temporal');
      const { resolveRun } = await import('../runs/known-runs');
      const { watchAndTell } = await import('../watch/watch-and-tell');
      const { note } = await import('../terminal/printing');
      const by = whoAsks(given);
      const waitMs = wait === undefined ? undefined : await spanOption('--wait', wait);
      await withTemporal(by, async (temporal) => {
        // Past Temporal's retention only the ledger knows the run: then the id must be whole.
        const id = target !== undefined && run.includes('/') ? run : await resolveRun(temporal, run);
        const workflowId = `recover/${id}`;
        await temporal.client.workflow.start('recoverRun', {
          workflowId,
          taskQueue: temporal.config.taskQueue,
          args: [{ run: id, by, reason, ...(target === undefined ? {} : { target }) }],
          workflowIdConflictPolicy: WorkflowIdConflictPolicy.USE_EXISTING,
          workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE,
        });
        note(`Recovering as ${workflowId}`);
        await watchAndTell(temporal, workflowId, { waitMs, json });
      });
    });

import type { Command } from 'commander';
import { newCommand } from '../terminal/command-shape';

/** `runbook cancel <run>`: asks Temporal to cancel; the run cancels its statement and rolls back. */
export const cancel = (): Command =>
  newCommand('cancel <run>', 'cancels a run: its statement is stopped on the server, then it rolls back', 'runbook cancel x1y2')
    .option('--by <name>', 'who you are (default: RUNBOOK_BY, else the OS user)')
    .action(async (run: string, options: { readonly by?: string; readonly json?: boolean }) => {
      const { whoAsks } = await import('../runs/who');
      const { withTemporal } = await import('../terminal/temporal');
      const { resolveRun } = await import('../runs/known-runs');
      const { printJson, say } = await import('../terminal/printing');
      const by = whoAsks(options.by);
      await withTemporal(by, async (temporal) => {
        const id = await resolveRun(temporal, run, { open: true });
        await temporal.client.workflow.getHandle(id).cancel();
        if (options.json) printJson({ run: id, cancelRequested: true });
        else say(`${id}: cancellation is asked for. It rolls back, or refuses past its point of no return; see it with: runbook watch ${id}`);
      });
    });

import type { Command } from 'commander';
import { newCommand } from '../terminal/command-shape';
import { usage } from '../terminal/exit-codes';

interface RunsOptions {
  readonly open?: boolean;
  readonly all?: boolean;
  readonly limit: string;
  readonly json?: boolean;
}

/** `runbook runs`: the open runs, or all that Temporal still has. */
export const runs = (): Command =>
  newCommand('runs', 'lists the open runs, newest first', 'runbook runs', 'runbook runs --all --limit 500 --json')
    .option('--open', 'only those that have not ended (default)')
    .option('--all', 'ended ones too, as long as Temporal keeps them')
    .option('--limit <number>', 'at most so many', '50')
    .action(async ({ all, limit, json }: RunsOptions) => {
      if (!/^[1-9]\d{0,4}$/.test(limit)) throw usage(`--limit: "${limit}" is no number from 1 to 99999.`);
      const { withTemporal } = await import('../terminal/temporal');
      const { listRuns } = await import('../runs/known-runs');
      const { printJson, say } = await import('../terminal/printing');
      const { runTable } = await import('../runs/run-table');
      await withTemporal(undefined, async (temporal) => {
        const found = await listRuns(temporal, { open: !all, most: Number(limit) });
        if (json) printJson(found);
        else
          say(
            found.length
              ? runTable(found, Date.now())
              : `No ${all ? '' : 'open '}run in namespace ${temporal.namespace}.${all ? '' : ' "runbook runs --all" shows ended ones.'}`,
          );
      });
    });

import type { Command } from 'commander';
import { newCommand } from '../terminal/command-shape';

interface WatchOptions {
  readonly wait?: string;
  readonly json?: boolean;
}

/** `runbook watch <run>`: shows the steps of a run as they happen, until its end. */
export const watch = (): Command =>
  newCommand(
    'watch <run>',
    'shows the steps of a run as they happen; the run goes on when you leave',
    'runbook watch 20260101-030000-x1y2',
    "runbook watch 20260101-030000-x1y2 --wait '10 minutes' --json",
  )
    .option('--wait <span>', "watches at most so long, such as '15 minutes'; then exit code 5")
    .action(async (run: string, { wait, json }: WatchOptions) => {
      const { spanOption } = await import('../terminal/spans');
      const waitMs = wait === undefined ? undefined : await spanOption('--wait', wait);
      const { withTemporal } = await import('../terminal/temporal');
      const { resolveRun } = await import('../runs/known-runs');
      const { watchAndTell } = await import('../watch/watch-and-tell');
      await withTemporal(undefined, async (temporal) => watchAndTell(temporal, await resolveRun(temporal, run), { waitMs, json }));
    });

import { Command } from 'commander';
import { newCommand } from '../terminal/command-shape';

interface ScheduleOptions {
  readonly schedules: string;
  readonly json?: boolean;
}

const SIGNS = { create: '+', change: '~', delete: '-', same: '=' } as const;

/** `runbook schedule diff|apply`: runbooks that start by the clock, from schedules.yaml. */
export const schedule = (): Command =>
  new Command('schedule')
    .description('runbooks that start by the clock')
    .addCommand(
      withFile(newCommand('diff', 'shows what apply would change in Temporal', 'runbook schedule diff')).action((options: ScheduleOptions) =>
        reconcile(options, false),
      ),
    )
    .addCommand(
      withFile(
        newCommand('apply', 'makes the schedules in Temporal those of the file; ones of ours that are not in it go', 'runbook schedule apply'),
      ).action((options: ScheduleOptions) => reconcile(options, true)),
    );

const withFile = (command: Command): Command =>
  command.option('--schedules <file>', 'the file', process.env['RUNBOOKS_SCHEDULES'] ?? 'schedules.yaml');

async function reconcile(options: ScheduleOptions, apply: boolean): Promise<void> {
  const { registry } = await import('../targets/targets');
  const { readSchedules } = await import('../../schedules/schedules-config');
  const { applySchedules, compareSchedules } = await import('../../schedules/reconcile');
  const { withTemporal } = await import('../terminal/temporal');
  const { printJson, say } = await import('../terminal/printing');
  const { readTypedCatalogue } = await import('../../catalogue/with-schemas');
  const wanted = readSchedules(options.schedules, await readTypedCatalogue(), registry().names);
  await withTemporal(undefined, async ({ client, config }) => {
    const differences = await compareSchedules(client, wanted);
    if (apply) await applySchedules(client, config.taskQueue, differences);
    if (options.json) return printJson({ applied: apply, schedules: differences });
    for (const { id, what, wanted: is, paused } of differences)
      say(`${SIGNS[what]} ${id}${is ? `  ${is.runbook}  ${is.cron.join(', ')} ${is.timezone}` : ''}${paused ? '  (paused in Temporal)' : ''}`);
    const changed = differences.filter(({ what }) => what !== 'same').length;
    say(
      changed
        ? `${changed} ${apply ? 'changed' : 'would change; "runbook schedule apply" does it'}.`
        : 'Temporal has them all as they are in the file.',
    );
  });
}

import type { Command } from 'commander';
import { findTypedEntry } from '../../catalogue/with-schemas';
import { newCommand } from '../terminal/command-shape';
import { usage } from '../terminal/exit-codes';
import { withInputOptions, type InputOptions } from '../runs/input-options';

interface StartOptions extends InputOptions {
  readonly episode?: string;
  readonly watch?: boolean;
  readonly wait?: string;
  readonly yes?: boolean;
  readonly breakGlass?: boolean;
  readonly overrideFreeze?: boolean;
}

/** `runbook start <runbook>`: starts a run, and watches it on a terminal. */
export const start = (): Command =>
  withInputOptions(
    newCommand(
      'start <runbook>',
      'starts a run; a changing one asks at its gate before the first change',
      'runbook start relieveConnectionExhaustion --target orders-eu --set freeSlots=30 --reason "INC-42"',
      'runbook start upgradeExtension --input @input.json --no-watch --json',
    ),
  )
    .option('--episode <name>', 'the alert episode: identical starts join one run')
    .option('--watch', 'watches the run until its end (default on a terminal)')
    .option('--no-watch', 'returns as soon as it is started')
    .option('--wait <span>', "watches at most so long, such as '15 minutes'; then exit code 5")
    .option('--break-glass', 'emergency: waives the gates of a runbook that allows it; --reason is demanded')
    .option('--override-freeze', 'starts although changes of the target are frozen; --reason is demanded')
    .option('--yes', 'do not ask for the target’s name in production')
    .action(async (name: string, options: StartOptions) => {
      const entry = await findTypedEntry(name);
      if (options.id !== undefined && options.episode !== undefined) throw usage('--id and --episode both name the run: give one of them.');
      const { inputOf } = await import('../runs/typed-input');
      const input = inputOf(entry, options);
      if (options.breakGlass && !entry.breakGlass) throw usage(`The approval of ${entry.id} cannot be waived.`);
      if (options.breakGlass && options.reason === undefined) throw usage('--break-glass needs --reason.');
      if (options.overrideFreeze && options.reason === undefined) throw usage('--override-freeze needs --reason.');
      const { whoAsks } = await import('../runs/who');
      const { spanOption } = await import('../terminal/spans');
      const by = whoAsks(options.by);
      const waitMs = options.wait === undefined ? undefined : await spanOption('--wait', options.wait);
      if (entry.risk !== 'read-only') {
        const { confirmTarget } = await import('../terminal/prompts');
        const { environmentOf } = await import('../targets/targets');
        await confirmTarget(`${entry.title} (risk ${entry.risk})`, input.target, environmentOf(input.target), options.yes);
      }
      const { withTemporal } = await import('../terminal/temporal');
      const { startRun } = await import('../runs/start-run');
      const { note, printJson, say } = await import('../terminal/printing');
      await withTemporal(by, async (temporal) => {
        const started = await startRun(temporal, {
          runbook: entry.id,
          input,
          by,
          reason: options.reason,
          id: options.id,
          episode: options.episode,
          breakGlass: options.breakGlass,
          overrideFreeze: options.overrideFreeze,
        });
        if (!(options.watch ?? (waitMs !== undefined || (process.stdout.isTTY && !options.json)))) {
          if (options.json) printJson(started);
          else say(`Started ${started.workflowId}. Watch it: runbook watch ${started.workflowId}`);
          return;
        }
        note(`Started ${started.workflowId}`);
        const { watchAndTell } = await import('../watch/watch-and-tell');
        await watchAndTell(temporal, started.workflowId, { waitMs, json: options.json });
      });
    });

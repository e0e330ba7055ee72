import { Command } from 'commander';
import { newCommand } from '../terminal/command-shape';
import { CliFailure, EXIT } from '../terminal/exit-codes';

interface NotifyOptions {
  readonly config?: string;
  readonly json?: boolean;
}

/** `runbook notify test|check`: who is told of what, and whether the ways work; works without Temporal. */
export const notify = (): Command =>
  new Command('notify').description('tests and checks the channels of notify.yaml').addCommand(test()).addCommand(check());

const test = (): Command =>
  newCommand(
    'test [channel|recipient]',
    'sends one message by hand through a channel, each channel of a recipient, or all; says what came of each',
    'runbook notify test',
    'runbook notify test dba-chat',
    'runbook notify test "DBA team" --config /etc/runbooks/notify.yaml',
  )
    .option('--config <file>', 'the file (default: RUNBOOKS_NOTIFY, else ./notify.yaml)')
    .action(async (name: string | undefined, { config: path, json }: NotifyOptions) => {
      const { selectChannels, notifyFile } = await import('../alerts/notify-file');
      const { trySending } = await import('../../../activities/notify/trial');
      const { whoAsks } = await import('../runs/who');
      const { printJson, say } = await import('../terminal/printing');
      const config = notifyFile(path);
      const results = [];
      for (const channel of selectChannels(config, name)) {
        const tried = await trySending(config, channel, whoAsks(undefined));
        results.push({ channel, ...tried });
        if (!json) say(tried.taken ? `${channel}: taken` : `${channel}: not taken. ${tried.because}`);
      }
      if (json) printJson({ results });
      const failed = results.filter(({ taken }) => !taken);
      if (failed.length) throw new CliFailure(EXIT.failed, json ? '' : `${failed.length} of ${results.length} did not take it.`);
    });

const check = (): Command =>
  newCommand(
    'check',
    'checks notify.yaml and lists recipients with their channels; sends nothing',
    'runbook notify check',
    'runbook notify check --json',
  )
    .option('--config <file>', 'the file (default: RUNBOOKS_NOTIFY, else ./notify.yaml)')
    .action(async ({ config: path, json }: NotifyOptions) => {
      const { notifyFile } = await import('../alerts/notify-file');
      const { notifyOverview, notifyText } = await import('../alerts/notify-text');
      const { printJson, say } = await import('../terminal/printing');
      const overview = notifyOverview(notifyFile(path));
      if (json) printJson(overview);
      else say(notifyText(overview));
    });

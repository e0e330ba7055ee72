import type { Command } from 'commander';
import { newCommand } from '../terminal/command-shape';
import { EXIT, CliFailure, usage } from '../terminal/exit-codes';
import { sendOne, withMessageOptions, type MessageCommand, type MessageOptions } from '../runs/message-command';
import { pluralize } from '../../../workflows/pure/pluralize';

const SHAPE: MessageCommand = { kind: 'pause', summary: 'stops a run before its next step, or every open run', example: '', reason: 'optional' };

/** `runbook pause [run | --all]`: stops before the next step, never inside a transaction. */
export const pause = (): Command =>
  withMessageOptions(newCommand('pause [run]', SHAPE.summary, 'runbook pause x1y2', 'runbook pause --all --reason "incident 42"'), SHAPE)
    .option('--all', 'every open run of the namespace')
    .action(async (run: string | undefined, options: MessageOptions & { readonly all?: boolean }) => {
      if ((run === undefined) === !options.all) throw usage('Name one run, or give --all for every open one.');
      return run === undefined ? pauseAll(options) : sendOne(SHAPE, run, options);
    });

async function pauseAll({ by: given, reason, json }: MessageOptions): Promise<void> {
  const { whoAsks } = await import('../runs/who');
  const { withTemporal } = await import('../terminal/temporal');
  const { listRuns } = await import('../runs/known-runs');
  const { checkMessage } = await import('../runs/send-message');
  const { printJson, say } = await import('../terminal/printing');
  const by = whoAsks(given);
  const message = checkMessage('pause', { by, reason });
  await withTemporal(by, async (temporal) => {
    const open = await listRuns(temporal, { open: true, most: 10_000 });
    // Signals: they need no worker to be accepted, so one run without a worker holds up no other.
    const sent = await Promise.allSettled(open.map(({ id }) => temporal.client.workflow.getHandle(id).signal('pause', message)));
    const failed = open.filter((_, index) => sent[index]?.status === 'rejected').map(({ id }) => id);
    if (json) printJson({ paused: open.map(({ id }) => id).filter((id) => !failed.includes(id)), failed });
    else
      say(
        `Sent pause to ${open.length - failed.length} of ${pluralize(open.length, 'open run')}. Each stops before its next step; "runbook runs" shows them, "runbook resume <run>" lets one go on.`,
      );
    if (failed.length) throw new CliFailure(EXIT.failed, `Not reached (ended meanwhile, or Temporal refused): ${failed.join(', ')}.`);
  });
}

import type { Command } from 'commander';
import type { MessageKind } from '../../workflows/contracts/messages';
import { newCommand } from './command-shape';

/** What the commands that send one message to a run have in common. */
export interface MessageCommand {
  readonly kind: Exclude<MessageKind, 'approve'>;
  readonly summary: string;
  readonly example: string;
  readonly reason: 'needed' | 'optional';
  /** Set where the target's name is asked for in production, with what would happen. */
  readonly confirm?: string;
}

export interface MessageOptions {
  readonly by?: string;
  readonly reason?: string;
  readonly yes?: boolean;
  readonly json?: boolean;
}

/** A command that sends one message to one run. */
export function messageCommand(shape: MessageCommand): Command {
  return withMessageOptions(newCommand(`${shape.kind} <run>`, shape.summary, shape.example), shape).action((run: string, options: MessageOptions) =>
    sendOne(shape, run, options),
  );
}

/** Adds the options of a message. */
export function withMessageOptions(command: Command, { reason, confirm }: MessageCommand): Command {
  command.option('--by <name>', 'who you are (default: RUNBOOK_BY, else the OS user)');
  if (reason === 'needed') command.requiredOption('--reason <text>', 'why; it stands in the report');
  else command.option('--reason <text>', 'why; it stands in the report');
  if (confirm) command.option('--yes', 'do not ask for the target’s name in production');
  return command;
}

/** Sends the message and prints the receipt. */
export async function sendOne({ kind, confirm }: MessageCommand, run: string, options: MessageOptions): Promise<void> {
  const { whoAsks } = await import('./who');
  const { withTemporal, queryRun } = await import('./temporal');
  const { resolveRun } = await import('./known-runs');
  const { sendMessage } = await import('./send-message');
  const { confirmTarget } = await import('./prompts');
  const { printJson, say } = await import('./printing');
  const by = whoAsks(options.by);
  await withTemporal(by, async (temporal) => {
    const id = await resolveRun(temporal, run, { open: true });
    if (confirm && !options.yes) {
      const { target, identity } = await queryRun<{ target: string; identity: { environment: string } | null }>(temporal, id, 'report');
      await confirmTarget(confirm, target, identity?.environment ?? null, options.yes);
    }
    const receipt = await sendMessage(temporal, id, kind, { by, reason: options.reason });
    if (options.json) printJson({ run: id, ...receipt });
    else say(`${id}: ${receipt.message}`);
  });
}

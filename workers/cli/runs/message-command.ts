import type { Command } from 'commander';
import { commandName, newCommand } from '../terminal/command-shape';
import type { SentKind } from './send-message';

/** What the commands that send one message to a run have in common. */
export interface MessageCommand {
  readonly kind: Exclude<SentKind, 'approve'>;
  readonly summary: string;
  readonly example: string;
  /** `none` where the message takes no reason. */
  readonly reason: 'needed' | 'optional' | 'none';
  /** Set where the target's name is asked for in production, with what would happen. */
  readonly confirm?: string;
}

/** What a command adds to its message from options of its own. */
export interface MessageAddition<Options extends MessageOptions> {
  readonly options: (command: Command) => Command;
  /** Throws CliFailure for what can be seen to be wrong. */
  readonly content: (options: Options) => object | Promise<object>;
}

export interface MessageOptions {
  readonly by?: string;
  readonly reason?: string;
  readonly yes?: boolean;
  readonly json?: boolean;
}

/** A command that sends one message to one run. */
export function messageCommand<Options extends MessageOptions>(shape: MessageCommand, addition?: MessageAddition<Options>): Command {
  const command = withMessageOptions(newCommand(`${commandName(shape.kind)} <run>`, shape.summary, shape.example), shape);
  return (addition?.options(command) ?? command).action(async (run: string, options: Options) =>
    sendOne(shape, run, options, await addition?.content(options)),
  );
}

/** Adds the options of a message. */
export function withMessageOptions(command: Command, { reason, confirm }: MessageCommand): Command {
  command.option('--by <name>', 'who you are (default: RUNBOOK_BY, else the OS user)');
  if (reason === 'needed') command.requiredOption('--reason <text>', 'why; it stands in the report');
  else if (reason === 'optional') command.option('--reason <text>', 'why; it stands in the report');
  if (confirm) command.option('--yes', 'do not ask for the target’s name in production');
  return command;
}

/** Sends the message and prints the receipt; a malformed one is refused before anything is asked. */
export async function sendOne({ kind, confirm }: MessageCommand, run: string, options: MessageOptions, addition: object = {}): Promise<void> {
  const { whoAsks } = await import('./who');
  const { checkMessage, sendMessage } = await import('./send-message');
  const by = whoAsks(options.by);
  const message = checkMessage(kind, { by, reason: options.reason, ...addition });
  const { withTemporal, queryRun } = await import('../terminal/temporal');
  const { resolveRun } = await import('./known-runs');
  const { confirmTarget } = await import('../terminal/prompts');
  const { printJson, say } = await import('../terminal/printing');
  await withTemporal(by, async (temporal) => {
    const id = await resolveRun(temporal, run, { open: true });
    if (confirm && !options.yes) {
      const { target, identity } = await queryRun<{ target: string; identity: { environment: string } | null }>(temporal, id, 'report');
      await confirmTarget(confirm, target, identity?.environment ?? null, options.yes);
    }
    const receipt = await sendMessage(temporal, id, kind, message);
    if (options.json) printJson({ run: id, ...receipt });
    else say(`${id}: ${receipt.message}`);
  });
}

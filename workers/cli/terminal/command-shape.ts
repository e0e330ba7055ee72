import { Command } from 'commander';

/** A command with what every one has: a summary, `--json`, and an example in its help. */
export function newCommand(nameAndArguments: string, summary: string, ...examples: readonly [string, ...string[]]): Command {
  const [name, ...places] = nameAndArguments.split(' ');
  const command = new Command(name);
  for (const place of places) command.argument(place);
  return command
    .description(summary)
    .option('--json', 'print JSON for programs')
    .addHelpText('after', `\nExample${examples.length > 1 ? 's' : ''}:\n${examples.map((example) => `  ${example}`).join('\n')}`);
}

/** The command that sends a message of this kind: `handOver` is sent by `hand-over`. */
export const commandName = (kind: string): string => kind.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

/** Collects an option that may be given several times. */
export const collect = (value: string, earlier: readonly string[] = []): string[] => [...earlier, value];

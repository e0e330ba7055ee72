import { createInterface } from 'node:readline/promises';
import { printable } from '../../../activities/report/printable';
import { EXIT, CliFailure } from './exit-codes';

/** Whether a person sits there: prompts happen only then. */
export const isInteractive = (): boolean => Boolean(process.stdin.isTTY && process.stderr.isTTY);

/** Asks one line; the question goes to stderr, so that the output stays clean. */
export async function ask(question: string): Promise<string> {
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  // Ctrl-C or a closed input is an answer too: no.
  const closed = new Promise<string>((resolve) => lines.once('close', () => resolve('')));
  try {
    return (await Promise.race([lines.question(printable(question)), closed])).trim();
  } finally {
    lines.close();
  }
}

/** Asks y/N; anything but y or yes is no. */
export const agrees = async (question: string): Promise<boolean> => /^y(es)?$/i.test(await ask(`${question} [y/N] `));

/**
 * On a terminal, has the target's name typed before something that hurts in production; `--yes` skips it.
 *
 * `environment` null = not known, which counts as production. Throws CliFailure for another name.
 */
export async function confirmTarget(what: string, target: string, environment: string | null, yes: boolean | undefined): Promise<void> {
  if (yes || !isInteractive() || (environment !== null && environment !== 'production')) return;
  const place = environment === null ? `${target}, whose environment is not known here` : `${target} (${environment})`;
  const typed = await ask(`${what} on ${place}. Type the target's name to go on: `);
  if (typed !== target) throw new CliFailure(EXIT.refused, `"${typed}" is not "${target}": nothing was sent. --yes skips this question.`);
}

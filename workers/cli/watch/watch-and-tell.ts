import { EXIT, CliFailure } from '../terminal/exit-codes';
import { colour, note, printJson, sayColoured } from '../terminal/printing';
import type { Temporal } from '../terminal/temporal';
import { endSentence, watchRun } from './watch-run';

/** Watches a run and prints how it ended; throws CliFailure with the run's exit code where that is not 0. */
export async function watchAndTell(
  temporal: Temporal,
  id: string,
  { waitMs, json }: { waitMs?: number | undefined; json?: boolean | undefined },
): Promise<void> {
  const started = Date.now();
  const leave = (): never => {
    note(`\nYou left; the run goes on. Watch it again: runbook watch ${id}`);
    process.exit(130);
  };
  process.once('SIGINT', leave);
  try {
    const end = await watchRun(temporal, id, { waitMs, silent: json ?? false });
    if (json) printJson({ run: id, outcome: end.outcome, message: end.message, result: end.result });
    else sayColoured(colour(end.exitCode === EXIT.done ? 'green' : 'red', endSentence(id, end, started)));
    // What there is to say is said; only the exit code is left.
    if (end.exitCode !== EXIT.done) throw new CliFailure(end.exitCode, '');
  } finally {
    process.removeListener('SIGINT', leave);
  }
}

#!/usr/bin/env node
import { enableCompileCache } from './terminal/compile-cache';
import { EXIT } from './terminal/exit-codes';
import { explainError } from './terminal/explain-error';
import { colour } from './terminal/printing';

enableCompileCache();

/** Runs one command line and returns its exit code. */
export async function main(argv: readonly string[]): Promise<number> {
  const { program } = await import('./program');
  try {
    await program().parseAsync([...argv], { from: 'user' });
    return EXIT.done;
  } catch (error) {
    if (isCommanderError(error)) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
    const { message, exitCode } = explainError(error);
    if (message) process.stderr.write(`${colour('red', message, process.stderr)}\n`);
    if (argv.includes('--verbose') && error instanceof Error) process.stderr.write(`${error.stack ?? ''}\n`);
    return exitCode;
  }
}

// Commander has printed what there is to say: help, or the wrong usage with its suggestion.
const isCommanderError = (error: unknown): error is { exitCode: number } =>
  typeof (error as { code?: unknown } | null)?.code === 'string' && String((error as { code: string }).code).startsWith('commander.');

if (require.main === module) {
  // The pipe's reader may leave early (head, less); that is no failure.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));
  void main(process.argv.slice(2)).then((exitCode) => {
    process.exitCode = exitCode;
  });
}

import { writeFileSync } from 'node:fs';
import { usage } from '../terminal/exit-codes';
import { note, printJson } from '../terminal/printing';

/** Prints a text, or writes it to a file and says so; throws CliFailure where the file cannot be written. */
export function writeText(text: string, { out, json }: { readonly out?: string | undefined; readonly json?: boolean | undefined }): void {
  if (out === undefined) {
    process.stdout.write(text);
    return;
  }
  try {
    writeFileSync(out, text);
  } catch (error) {
    throw usage(`--out ${out}: it cannot be written (${(error as Error).message}).`);
  }
  if (json) printJson({ written: out });
  else note(`Written to ${out}`);
}

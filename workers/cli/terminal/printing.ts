import { styleText } from 'node:util';
import { printable } from '../../../activities/report/printable';

type Style = Parameters<typeof styleText>[0];

/** Prints a line for people; control characters in it become visible. */
export const say = (line = ''): void => void process.stdout.write(`${printable(line)}\n`);

/** Prints a line beside the output proper, for people who redirect that. */
export const note = (line: string): void => void process.stderr.write(`${printable(line)}\n`);

/** Prints one value as JSON. */
export const printJson = (value: unknown): void => void process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);

/** Colours already printable text where the output is a terminal that wants it (NO_COLOR is honoured). */
export function colour(style: Style, text: string, stream: NodeJS.WriteStream = process.stdout): string {
  const wanted = stream.isTTY && !process.env['NO_COLOR'] && process.env['TERM'] !== 'dumb';
  return wanted ? styleText(style, printable(text)) : printable(text);
}

/** Prints lines that `coloured` has made printable already. */
export const sayColoured = (line: string): void => void process.stdout.write(`${line}\n`);

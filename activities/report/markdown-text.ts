import { onOneLine, printable } from './printable';

/** A text from a database or a person as one line of Markdown, without what Markdown or HTML would act on. */
export function text(value: string): string {
  return (
    onOneLine(value)
      .replace(/[\\`*[\]<>|~&]/g, (sign) => `\\${sign}`)
      // An underscore inside a word is no emphasis, and names of tables are full of them.
      .replace(/(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])/g, '\\_')
      .replace(/!(?=\\\[)/g, '\\!')
      .replace(/:\/\//g, '\\://')
      .replace(/www\./gi, (start) => start.replace('.', '\\.'))
      .replace(/^(?:#|[-+](?=\s|$)|=)/, (sign) => `\\${sign}`)
      .replace(/^(\d+)([.)])/, '$1\\$2')
  );
}

/** A short text as code inside a line. */
export function code(value: string): string {
  const plain = onOneLine(value);
  const fence = '`'.repeat(longestRun(plain) + 1);
  return plain.includes('`') || plain === '' ? `${fence} ${plain} ${fence}` : `${fence}${plain}${fence}`;
}

/** A text as a block of code, indented by `indent` spaces. No fence inside can end it. */
export function block(value: string, language = '', indent = 0): string {
  const plain = printable(value);
  const fence = '`'.repeat(Math.max(3, longestRun(plain) + 1));
  const margin = ' '.repeat(indent);
  return [`${fence}${language}`, ...plain.split('\n'), fence].map((line) => `${margin}${line}`).join('\n');
}

const longestRun = (plain: string): number => Math.max(0, ...(plain.match(/`+/g) ?? []).map((run) => run.length));

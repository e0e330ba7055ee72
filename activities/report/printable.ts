// Escape sequences could rewrite a terminal, and bidirectional marks could make a name read as another one.
const UNSEEN = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;

/** A text without control characters and invisible marks (each becomes `�`); line breaks and tabs stay. */
export const printable = (text: string): string => text.replaceAll('\r\n', '\n').replace(UNSEEN, '�');

/** The same on one line. */
export const onOneLine = (text: string): string => printable(text.replace(/\s*[\r\n]+\s*/g, ' ')).trim();

/** A text of at most so many characters; what was cut is named. */
export const shorten = (text: string, most: number): string =>
  text.length <= most ? text : `${text.slice(0, most)}… (${text.length - most} more characters)`;

/** A value as a person reads it: texts as they are, everything else as indented JSON; at most 4000 characters. */
export function showValue(value: unknown): string {
  if (typeof value === 'string') return shorten(printable(value), MOST);
  return shorten(printable(JSON.stringify(value, null, 2) ?? 'nothing'), MOST);
}

const MOST = 4_000;

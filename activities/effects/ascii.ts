/** A text in which every character beyond ASCII is written as \uXXXX, so that a database of any encoding takes it; `fromAscii` reads it back. */
export const toAscii = (text: string): string => text.replace(/[\\\u0000\u007f-\uffff]/g, escaped);

/** JSON in ASCII only, for columns of type json: PostgreSQL keeps its escapes as they are. */
export const asciiJson = (value: unknown): string => JSON.stringify(value).replace(/[\u007f-\uffff]/g, escaped);

/** The text that `toAscii` was given. */
export const fromAscii = (text: string): string =>
  text.replace(/\\u([0-9a-f]{4})/g, (_, digits: string) => String.fromCharCode(parseInt(digits, 16)));

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

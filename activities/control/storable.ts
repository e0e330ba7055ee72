// PostgreSQL takes neither a zero byte nor half a surrogate pair, in text and in jsonb.
const UNSTORABLE = /[\0\p{Surrogate}]/gu;

/** A value as a text that PostgreSQL takes: a string as it is, anything else as JSON; what it refuses becomes U+FFFD. */
export function storable(value: unknown): string {
  const clean = (text: string): string => text.replace(UNSTORABLE, '\uFFFD');
  if (typeof value === 'string') return clean(value);
  return JSON.stringify(value, (_, member: unknown) => (typeof member === 'string' ? clean(member) : member));
}

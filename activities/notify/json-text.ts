/** A value as JSON in which no text ends in half a sign: a cut may leave one, and strict receivers refuse the whole message for it. */
export const jsonText = (value: unknown): string =>
  JSON.stringify(value, (_, member: unknown) => (typeof member === 'string' ? member.replace(/\p{Surrogate}/gu, '\uFFFD') : member));

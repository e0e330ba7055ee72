/** Text from a database or a person, without what Markdown or HTML would act on. */
export function safe(text: string): string {
  return text.replace(/[\\`*_[\]<>|#]/g, (sign) => `\\${sign}`).replace(/[\r\n]+/g, ' ');
}

/** A moment as people on several continents read it alike. */
export const clock = (at: string | number): string => `${new Date(at).toISOString().slice(0, 19).replace('T', ' ')} UTC`;

/** Cuts Markdown to a number of bytes, and says that it did. */
export function fit(text: string, maxBytes: number): string {
  if (bytesOf(text) <= maxBytes) return text;
  let end = Math.min(text.length, maxBytes);
  while (bytesOf(text.slice(0, end)) > maxBytes - 60) end -= 50;
  const cut = text.slice(0, end);
  // An open code fence would swallow the last line.
  const fences = (cut.match(/```/g) ?? []).length;
  return `${cut}${fences % 2 ? '\n```' : ''}\n\n… cut here: query **status**, **plan** or **journal**`;
}

const bytesOf = (text: string): number => new TextEncoder().encode(text).length;

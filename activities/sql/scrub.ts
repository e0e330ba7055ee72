// One pass over comments, quoted names, every form of literal, and numbers: pairing quotes blindly would let one quote shift all others.
const TOKENS =
  /--[^\n]*|\/\*[\s\S]*?(?:\*\/|$)|"(?:[^"]|"")*"?|\be'(?:\\[\s\S]|''|[^'\\])*'?|'(?:[^']|'')*'?|\$([a-z_]\w*)?\$[\s\S]*?(?:\$\1\$|$)|\b\d+(?:\.\d+)?\b/gi;

/** Replaces the literals in other people's query text and drops its comments: values never leave the activity. */
export function withoutLiterals(query: string): string {
  return query.replace(TOKENS, masked).replace(/\s+/g, ' ').trim().slice(0, 300);
}

function masked(token: string): string {
  if (token.startsWith('"')) return token;
  if (token.startsWith('--') || token.startsWith('/*')) return ' ';
  return /^\d/.test(token) ? '…' : "'…'";
}

/** The message of an error without what could carry row values: only message, hint and SQLSTATE stay. */
export function scrubbedMessage(error: unknown): string {
  if (!(error instanceof Error)) return String(error).slice(0, 500);
  const { code, hint } = error as { code?: string; hint?: string };
  const message = error.message.split('\n')[0] ?? '';
  return `${message}${hint ? ` (${hint})` : ''}${code ? ` [${code}]` : ''}`.slice(0, 800);
}

/** The key words of a libpq connection string (`host=a port=5432`, values quoted or not); URLs are not taken. */
export function conninfoParts(conninfo: string): Record<string, string> {
  const parts: Record<string, string> = {};
  for (const [, name = '', quoted, plain] of conninfo.matchAll(/(\w+)\s*=\s*(?:'((?:[^'\\]|\\.)*)'|((?:[^\s\\']|\\.)*))/gs)) {
    parts[name] = (quoted ?? plain ?? '').replace(/\\(.)/gs, '$1');
  }
  return parts;
}

/** A connection string without its password, and the environment that carries it: arguments can be read by everybody on the machine. */
export function withoutPassword(
  conninfo: string,
  defaults: Readonly<Record<string, string>> = {},
): { readonly conninfo: string; readonly env: Record<string, string> } {
  const { password, ...rest } = { ...defaults, ...conninfoParts(conninfo) };
  const text = Object.entries(rest).map(([name, value]) => `${name}='${value.replace(/[\\']/g, '\\$&')}'`);
  return { conninfo: text.join(' '), env: password === undefined ? {} : { PGPASSWORD: password } };
}

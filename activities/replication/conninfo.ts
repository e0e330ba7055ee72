/** libpq key words and values, in their order. */
export type Conninfo = ReadonlyMap<string, string>;

/** Reads libpq's `key = value` text, with its quoting by ' and \. */
export function parseConninfo(text: string): Conninfo {
  const found = new Map<string, string>();
  const pair = /\s*(\w+)\s*=\s*(?:'((?:[^'\\]|\\.)*)'|((?:[^\s'\\]|\\.)*))/gsy;
  for (let match = pair.exec(text); match; match = pair.exec(text)) found.set(match[1] ?? '', (match[2] ?? match[3] ?? '').replace(/\\(.)/gs, '$1'));
  return found;
}

/** Writes it again; every value is quoted. */
export const writeConninfo = (conninfo: Conninfo): string =>
  [...conninfo].map(([key, value]) => `${key}='${value.replace(/['\\]/g, (sign) => `\\${sign}`)}'`).join(' ');

/** A connection without its password, and the environment that carries it: arguments can be read by everybody on the machine. */
export function withoutPassword(
  text: string,
  defaults: Readonly<Record<string, string>> = {},
): { readonly conninfo: string; readonly env: Record<string, string> } {
  const { password, ...rest } = { ...defaults, ...Object.fromEntries(parseConninfo(text)) } as Record<string, string>;
  return { conninfo: writeConninfo(new Map(Object.entries(rest))), env: password === undefined ? {} : { PGPASSWORD: password } };
}

/** The same connection to another server. */
export const towards = (conninfo: Conninfo, node: { host: string; port: number }): Conninfo =>
  new Map(
    [...conninfo]
      .filter(([key]) => key !== 'hostaddr')
      .concat([
        ['host', node.host],
        ['port', String(node.port)],
      ]),
  );

const ADDRESS = ['host', 'hostaddr', 'port'];

/** What a connection says of its address, as it stands there: several hosts, or a hostaddr alone, are more than a `host:port`. */
export const addressPartsOf = (conninfo: Conninfo): Record<string, string> =>
  Object.fromEntries([...conninfo].filter(([key]) => ADDRESS.includes(key)));

/** The same connection with these parts as its address. */
export const withAddressParts = (conninfo: Conninfo, parts: Readonly<Record<string, string>>): Conninfo =>
  new Map([...conninfo].filter(([key]) => !ADDRESS.includes(key)).concat(Object.entries(parts)));

/** `host:port` of a connection; empty where it names none. */
export const addressOf = (conninfo: Conninfo): string =>
  conninfo.get('host') ? `${conninfo.get('host') ?? ''}:${conninfo.get('port') ?? '5432'}` : '';

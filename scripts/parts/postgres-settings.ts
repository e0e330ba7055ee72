import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Settings as written into a configuration file. */
export type PostgresSettings = Record<string, string | number>;

// Included by postgresql.conf, and so overruled by ALTER SYSTEM as any ordinary file is.
const FILE = 'runbook-parts.conf';

/** The line that makes postgresql.conf read the settings written here. */
export const INCLUDE_LINE = `\ninclude_if_exists = '${FILE}'\n`;

/** The settings every server begins with: local connections only, and small. */
export function firstSettings(durable: boolean): PostgresSettings {
  return {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    max_connections: 100,
    logging_collector: 'off',
    shared_buffers: durable ? '64MB' : '16MB',
    ...(durable ? {} : { fsync: 'off' }),
  };
}

function quote(value: string | number): string {
  return `'${String(value).replaceAll("'", "''")}'`;
}

function read(file: string): PostgresSettings {
  if (!existsSync(file)) return {};
  const settings: PostgresSettings = {};
  for (const line of readFileSync(file, 'utf8').split('\n')) {
    const found = /^(\S+) = '(.*)'$/.exec(line);
    if (found?.[1] !== undefined) settings[found[1]] = (found[2] ?? '').replaceAll("''", "'");
  }
  return settings;
}

/** Adds settings to those written before; the server reads them at its next reload or start. */
export function writeSettings(dataDirectory: string, settings: PostgresSettings): void {
  const file = join(dataDirectory, FILE);
  const all = { ...read(file), ...settings };
  const lines = Object.entries(all).map(([name, value]) => `${name} = ${quote(value)}`);
  writeFileSync(file, `${lines.join('\n')}\n`, { mode: 0o644 });
}

import { chmod, chown, open, readFile, realpath, rename, rm, stat } from 'node:fs/promises';
import { KernelFailure } from '../../sql/kernel-failure';
import type { EndpointNode } from '../providers';
import { withFileLock } from './file-lock';

/** Where a routing file sends the database, and who wrote it last. */
export interface Routing {
  /** 0 = never written by us. */
  readonly token: number;
  readonly host: string | null;
  readonly port: number | null;
}

/** Reads the file that pgbouncer.ini includes; throws CapabilityAbsent where it cannot be read, PreconditionUnmet without the database's line. */
export async function readRouting(file: string, database: string): Promise<Routing> {
  return routingOf(await textOf(file), file, database);
}

/**
 * Points the database's line at a node and writes the token into the first line, under a lock and atomically; everything else stays.
 *
 * Throws Superseded where the file has a greater token.
 */
export async function writeRouting(file: string, database: string, node: EndpointNode, token: number): Promise<void> {
  const path = await realpath(file).catch(() => file);
  await withFileLock(path, async () => {
    const text = await textOf(path);
    mustBeNewer(routingOf(text, file, database), token, file);
    await replaceFile(path, routed(text, database, node, token));
  });
}

/** Throws Superseded where a greater token has been there. */
export function mustBeNewer(routing: Routing, token: number, file: string): void {
  if (routing.token <= token) return;
  throw new KernelFailure(
    'Superseded',
    `${file} was pointed with token ${routing.token}, which is newer than this run's ${token}. Another run leads now; this one must not turn clients back.`,
  );
}

function routingOf(text: string, file: string, database: string): Routing {
  const line = text.split('\n').find((one) => isLineOf(one, database));
  if (line === undefined) {
    throw new KernelFailure(
      'PreconditionUnmet',
      `${file} has no line for the database ${database}. Move its line from pgbouncer.ini into this file and include it there (%include).`,
    );
  }
  const port = valueOf(line, 'port');
  return {
    token: Number(/^;; pg-runbooks token=(\d+)\b/.exec(text)?.[1] ?? 0),
    host: valueOf(line, 'host'),
    port: port === null ? null : Number(port),
  };
}

function routed(text: string, database: string, node: EndpointNode, token: number): string {
  const lines = text.replace(/^;; pg-runbooks [^\n]*\n/, '').split('\n');
  const rest = lines.map((line) => (isLineOf(line, database) ? withValue(withValue(line, 'host', node.host), 'port', String(node.port)) : line));
  const name = node.name.replace(/[^\w.-]/g, '_');
  return [`;; pg-runbooks token=${token} node=${name} at=${new Date().toISOString()}`, ...rest].join('\n');
}

function isLineOf(line: string, database: string): boolean {
  const [, quoted, plain] = /^\s*(?:"((?:[^"]|"")*)"|([^\s"=;#]+))\s*=/.exec(line) ?? [];
  return (quoted === undefined ? plain : quoted.replaceAll('""', '"')) === database;
}

const VALUE = `(?:'(?:[^']|'')*'|[^\\s']*)`;

function valueOf(line: string, key: string): string | null {
  const found = new RegExp(`[=\\s]${key}\\s*=\\s*(${VALUE})`).exec(line)?.[1];
  return found === undefined ? null : found.replace(/^'(.*)'$/, '$1').replaceAll("''", "'");
}

function withValue(line: string, key: string, value: string): string {
  const written = /^[\w.:/-]+$/.test(value) ? value : `'${value.replaceAll("'", "''")}'`;
  const present = new RegExp(`([=\\s]${key}\\s*=\\s*)${VALUE}`);
  return present.test(line) ? line.replace(present, (_, before: string) => before + written) : `${line.trimEnd()} ${key}=${written}`;
}

async function replaceFile(path: string, text: string): Promise<void> {
  const { uid, gid, mode } = await stat(path);
  const unfinished = `${path}.${process.pid}.unfinished`;
  await rm(unfinished, { force: true });
  const file = await open(unfinished, 'wx', 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await chown(unfinished, uid, gid);
  await chmod(unfinished, mode & 0o7777);
  await rename(unfinished, path);
}

const textOf = (file: string): Promise<string> =>
  readFile(file, 'utf8').catch((error: Error) => {
    throw new KernelFailure(
      'CapabilityAbsent',
      `The routing file ${file} cannot be read by this worker: ${error.message}. Correct endpoint.consoles in targets.yaml.`,
    );
  });

import { mkdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { Connection } from '@temporalio/client';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { freePort } from './free-port';
import { type GuardedProcess, startGuarded } from './guarded-process';
import { pollUntil } from './poll-until';
import { onExit } from './processes';
import { registerSearchAttributes, SEARCH_ATTRIBUTES } from './search-attributes';
import { findTemporal, type TemporalBinary } from './temporal-binary';
import { temporalArguments } from './temporal-flags';

export { SEARCH_ATTRIBUTES } from './search-attributes';

/** How to provide a Temporal server. */
export interface TemporalOptions {
  /** Kept in memory only when left out. */
  databaseFile?: string;
  ui?: boolean;
  port?: number;
  uiPort?: number;
  searchAttributes?: Readonly<Record<string, string>>;
  /** Further namespaces beside `default`; for tests that must not see each other. */
  namespaces?: readonly string[];
  say?: (line: string) => void;
  /** Starts a server even when the environment names one. */
  ignoreEnvironment?: boolean;
}

/** A Temporal server to work with, our own or somebody else's. */
export interface TemporalPart {
  address: string;
  namespace: string;
  uiUrl: string | undefined;
  source: 'environment' | 'binary' | 'download' | 'build';
  /** Undefined for a server that is not ours. */
  pid: number | undefined;
  /** Does nothing to a server that is not ours. */
  stop(): Promise<void>;
}

const NAMESPACE = 'default';
const READY_TIMEOUT_MS = 30_000;

async function useEnvironment(attributes: Readonly<Record<string, string>>, say: (line: string) => void): Promise<TemporalPart | undefined> {
  const named = ['TEMPORAL_ADDRESS', 'TEMPORAL_PROFILE', 'TEMPORAL_CONFIG_FILE'].filter((name) => process.env[name]);
  if (named.length === 0) return undefined;
  const { connectionOptions, namespace = NAMESPACE } = loadClientConnectConfig();
  const address = connectionOptions.address ?? 'localhost:7233';
  const connection = await Connection.connect({ ...connectionOptions, address, connectTimeout: '10s' }).catch((error: unknown) => {
    throw new Error(`the Temporal server at ${address}, named by ${named.join(' and ')}, does not answer: ${String(error)}`);
  });
  try {
    const added = await registerSearchAttributes(connection, namespace, attributes);
    if (added.length > 0) say(`registered the search attributes ${added.join(', ')} in namespace ${namespace}`);
  } catch (error) {
    say(`search attributes of namespace ${namespace} could not be registered: ${String(error)}`);
  } finally {
    await connection.close();
  }
  return { address, namespace, uiUrl: process.env['TEMPORAL_UI_URL'], source: 'environment', pid: undefined, stop: async () => undefined };
}

async function answers(address: string): Promise<boolean> {
  let connection: Connection | undefined;
  try {
    connection = await Connection.connect({ address, connectTimeout: '1s' });
    await connection.workflowService.describeNamespace({ namespace: NAMESPACE });
    return true;
  } catch {
    return false;
  } finally {
    await connection?.close();
  }
}

async function waitUntilReady(child: GuardedProcess, address: string, attributes: Readonly<Record<string, string>>): Promise<void> {
  const state = await pollUntil(async () => child.ending() ?? ((await answers(address)) && 'ready'), READY_TIMEOUT_MS, 50);
  if (state !== 'ready') {
    throw new Error(`the Temporal server did not start (${state ?? 'no answer in time'}); its last lines:\n${child.logTail()}`);
  }
  const connection = await Connection.connect({ address });
  try {
    await registerSearchAttributes(connection, NAMESPACE, attributes);
  } finally {
    await connection.close();
  }
}

async function startServer(binary: TemporalBinary, options: TemporalOptions, attributes: Readonly<Record<string, string>>): Promise<TemporalPart> {
  const say = options.say ?? ((line: string) => console.error(line));
  const port = options.port ?? (await freePort());
  const uiPort = (options.ui ?? options.uiPort !== undefined) ? (options.uiPort ?? (await freePort())) : undefined;
  const databaseFile = options.databaseFile === undefined ? undefined : resolve(options.databaseFile);
  if (databaseFile !== undefined) mkdirSync(dirname(databaseFile), { recursive: true });
  const [metricsPort, httpPort] = [await freePort(), await freePort()];
  const logFile = databaseFile === undefined ? join(tmpdir(), `pg-runbooks-temporal-${port}.log`) : `${databaseFile}.log`;
  let ready = false;
  const child = await startGuarded({
    name: 'the Temporal server',
    command: binary.path,
    args: temporalArguments(binary.path, {
      port,
      metricsPort,
      httpPort,
      uiPort,
      databaseFile,
      searchAttributes: attributes,
      namespaces: options.namespaces ?? [],
    }),
    logFile,
    stopSignal: 'TERM',
    onSurprise: (line) => {
      if (ready) say(line);
    },
  });
  const stop = async (): Promise<void> => {
    forget();
    child.expectEnd();
    child.signal('SIGTERM');
    if (!(await child.ended(5_000))) {
      child.signal('SIGKILL');
      await child.ended(5_000);
    }
    if (databaseFile === undefined) rmSync(logFile, { force: true });
  };
  const forget = onExit(stop);
  const address = `127.0.0.1:${port}`;
  try {
    await waitUntilReady(child, address, attributes);
  } catch (error) {
    await stop();
    throw error;
  }
  ready = true;
  const uiUrl = uiPort === undefined ? undefined : `http://127.0.0.1:${uiPort}`;
  return { address, namespace: NAMESPACE, uiUrl, source: binary.source, pid: child.pid, stop };
}

/** A Temporal server: the one the environment names, else one of our own that never outlives this process. */
export async function provideTemporal(options: TemporalOptions = {}): Promise<TemporalPart> {
  const say = options.say ?? ((line: string) => console.error(line));
  const attributes = options.searchAttributes ?? SEARCH_ATTRIBUTES;
  if (options.ignoreEnvironment !== true) {
    const named = await useEnvironment(attributes, say);
    if (named !== undefined) return named;
  }
  return startServer(await findTemporal(say), options, attributes);
}

import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { Client } from 'pg';
import { freePort } from './free-port';
import { startGuarded } from './guarded-process';
import { poolerConfig } from './pgbouncer-config';
import { pollUntil } from './poll-until';
import { giveTo, reachableData, serverAccount } from './postgres-account';
import { onExit } from './processes';

/** How to start a PgBouncer in transaction mode. */
export interface PgBouncerOptions {
  /** A folder of its own. */
  readonly folder: string;
  readonly database: string;
  /** Where it points first. */
  readonly node: { readonly host: string; readonly port: number };
  /** The login of the applications; app with password app when left out. */
  readonly user?: string;
  readonly password?: string;
  readonly port?: number;
  /** Further lines of its [pgbouncer] section, or other values. */
  readonly settings?: Readonly<Record<string, string | number>>;
  readonly say?: (line: string) => void;
}

/** A PgBouncer of our own, that never outlives this process. */
export interface PgBouncerPart {
  readonly host: '127.0.0.1';
  readonly port: number;
  readonly consoleUser: string;
  readonly consolePassword: string;
  /** The included file with the line of the database. */
  readonly file: string;
  readonly pid: number;
  /** One console of `endpoint` in targets.yaml. */
  readonly console: object;
  /** The object for `endpoint` in targets.yaml; its password is in this process's environment. */
  readonly endpoint: object;
  /** The environment variable of the console's password, for other processes. */
  readonly passwordVariables: Readonly<Record<string, string>>;
  /** The URL of the applications. */
  url(): string;
  stop(): Promise<void>;
}

const CONSOLE_USER = 'rb_console';
const READY_TIMEOUT_MS = 10_000;

/** The program in PATH or /usr/sbin; null when there is none. */
export function findPgBouncer(): string | null {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter).filter(Boolean), '/usr/sbin', '/usr/local/sbin'];
  return folders.map((folder) => join(folder, 'pgbouncer')).find((path) => existsSync(path)) ?? null;
}

/** Starts a PgBouncer and returns when its console answers; throws where the program is missing or the console stays silent. */
export async function startPgBouncer(options: PgBouncerOptions): Promise<PgBouncerPart> {
  const program = findPgBouncer();
  if (program === null) throw new Error('no pgbouncer in PATH or /usr/sbin: install the package pgbouncer');
  const { database, node, user = 'app', password = 'app', port = await freePort() } = options;
  const account = serverAccount();
  const folder = reachableData(options.folder, account);
  const consolePassword = randomBytes(12).toString('hex');
  const [configFile, file, usersFile] = ['pgbouncer.ini', 'database.ini', 'users.txt'].map((name) => join(folder, name)) as [string, string, string];
  mkdirSync(folder, { recursive: true });
  const config = poolerConfig({ database, node, port, file, usersFile, consoleUser: CONSOLE_USER, settings: options.settings ?? {} });
  writeFileSync(configFile, config.main);
  writeFileSync(file, config.database);
  writeFileSync(usersFile, `"${user}" "${password}"\n"${CONSOLE_USER}" "${consolePassword}"\n`, { mode: 0o600 });
  giveTo(account, folder);

  let ready = false;
  const child = await startGuarded({
    name: `PgBouncer on port ${port}`,
    command: program,
    args: [configFile],
    logFile: join(folder, 'pgbouncer.log'),
    stopSignal: 'QUIT',
    cwd: '/',
    onSurprise: (line) => {
      if (ready) (options.say ?? console.error)(line);
    },
    ...(account ? { user: account } : {}),
  });
  const stop = async (): Promise<void> => {
    forget();
    child.expectEnd();
    child.signal('SIGCONT');
    // TERM is a different thing before and after 1.23.
    child.signal('SIGKILL');
    await child.ended(5_000);
  };
  const forget = onExit(stop);
  const consoleUrl = `postgresql://${CONSOLE_USER}:${consolePassword}@127.0.0.1:${port}/pgbouncer`;
  const state = await pollUntil(async () => child.ending() ?? ((await answers(consoleUrl)) && 'ready'), READY_TIMEOUT_MS);
  ready = state === 'ready';
  if (!ready) {
    await stop();
    throw new Error(`PgBouncer did not start (${state ?? 'its console did not answer in time'}); its last lines:\n${child.logTail()}`);
  }

  const variable = `RUNBOOKS_PGBOUNCER_${port}_PASSWORD`;
  process.env[variable] = consolePassword;
  const consoleEntry = { host: '127.0.0.1', port, user: CONSOLE_USER, password: { env: variable }, file };
  return {
    host: '127.0.0.1',
    port,
    consoleUser: CONSOLE_USER,
    consolePassword,
    file,
    pid: child.pid,
    console: consoleEntry,
    endpoint: { by: 'pgbouncer', database, consoles: [consoleEntry] },
    passwordVariables: { [variable]: consolePassword },
    url: () => `postgresql://${user}:${encodeURIComponent(password)}@127.0.0.1:${port}/${encodeURIComponent(database)}`,
    stop,
  };
}

async function answers(connectionString: string): Promise<boolean> {
  const client = new Client({ connectionString, connectionTimeoutMillis: 1_000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query('show version');
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => undefined);
  }
}

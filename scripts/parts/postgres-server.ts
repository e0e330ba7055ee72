import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { copyFolder } from './copy-folder';
import { freePort } from './free-port';
import { giveTo, reachableBinaries, reachableData, serverAccount } from './postgres-account';
import { findPostgres, type PostgresMajor } from './postgres-binaries';
import { Postmaster } from './postmaster';
import { firstSettings, type PostgresSettings, writeSettings } from './postgres-settings';
import { ownCluster, postgresTemplate } from './postgres-template';
import { onExit } from './processes';

/** How to start a server. */
export interface PostgresOptions {
  major: PostgresMajor;
  /** Made from a template when it holds no cluster yet, started again when it does. */
  dataDirectory: string;
  port?: number;
  settings?: PostgresSettings;
  /** False loses data at a power cut, never at a crash of the server; true when left out. */
  durable?: boolean;
  /** True initialises the cluster itself (about a second) instead of copying the template, so that its system identifier is its own. */
  ownIdentity?: boolean;
  /** Told when the server ends and nobody asked for that. */
  say?: (line: string) => void;
}

/** A PostgreSQL server of our own. */
export interface PostgresPart {
  readonly major: PostgresMajor;
  /** For example 18.4. */
  readonly version: string;
  readonly host: '127.0.0.1';
  readonly port: number;
  /** Where the cluster really is: elsewhere than asked for when root's folders are closed to the server's user. */
  readonly dataDirectory: string;
  readonly logFile: string;
  readonly user: 'postgres';
  readonly password: string;
  /** The postmaster's process id, undefined while stopped. */
  readonly pid: number | undefined;
  url(database?: string): string;
  stop(mode?: 'fast' | 'immediate'): Promise<void>;
  /** As a crash does: kill -9 of the postmaster and its children. */
  kill(): Promise<void>;
  /** Stops it when it runs, and starts it on the same port. */
  restart(): Promise<void>;
  /** Writes the settings and reloads; some need restart() as well. */
  setSettings(settings: PostgresSettings): void;
}

function makeCluster(template: { dataDirectory: string }, dataDirectory: string, durable: boolean): void {
  mkdirSync(dataDirectory, { recursive: true, mode: 0o700 });
  copyFolder(template.dataDirectory, dataDirectory);
  chmodSync(dataDirectory, 0o700);
  writeSettings(dataDirectory, firstSettings(durable));
}

/** Starts a server, new or again, that listens on 127.0.0.1 only and never outlives this process. */
export async function startPostgres(options: PostgresOptions): Promise<PostgresPart> {
  const { major, durable = true } = options;
  const account = serverAccount();
  const found = findPostgres(major);
  const binaries = reachableBinaries(found.folder, found.packageVersion, account);
  const dataDirectory = reachableData(options.dataDirectory, account);
  const passwordFile = `${dataDirectory}.password`;
  const template = await postgresTemplate(binaries, found.packageVersion, account);

  if (!existsSync(join(dataDirectory, 'PG_VERSION'))) {
    if (options.ownIdentity) {
      mkdirSync(dataDirectory, { recursive: true, mode: 0o700 });
      writeFileSync(passwordFile, ownCluster(binaries, account, dataDirectory), { mode: 0o600 });
      chmodSync(dataDirectory, 0o700);
      writeSettings(dataDirectory, firstSettings(durable));
    } else makeCluster(template, dataDirectory, durable);
  }
  // A copy of another server's data directory comes without the file; its password is the template's too.
  if (!existsSync(passwordFile)) writeFileSync(passwordFile, template.password, { mode: 0o600 });
  const password = readFileSync(passwordFile, 'utf8').trim();
  if (options.settings !== undefined) writeSettings(dataDirectory, options.settings);
  giveTo(account, dataDirectory);

  const port = options.port ?? (await freePort());
  const logFile = `${dataDirectory}.log`;
  const postmaster = new Postmaster({
    name: `PostgreSQL ${major} on port ${port}`,
    program: join(binaries, 'bin', 'postgres'),
    dataDirectory,
    port,
    logFile,
    account,
    say: options.say ?? ((line) => console.error(line)),
  });
  await postmaster.start();
  let forget = onExit(() => postmaster.stop('fast'));

  return {
    major,
    version: found.packageVersion.split('.').slice(0, 2).join('.'),
    host: '127.0.0.1',
    port,
    dataDirectory,
    logFile,
    user: 'postgres',
    password,
    get pid() {
      return postmaster.pid;
    },
    url: (database = 'postgres') => `postgresql://postgres:${encodeURIComponent(password)}@127.0.0.1:${port}/${encodeURIComponent(database)}`,
    stop: async (mode = 'fast') => {
      await postmaster.stop(mode);
      forget();
    },
    kill: () => postmaster.kill(),
    restart: async () => {
      await postmaster.stop('fast');
      giveTo(account, dataDirectory);
      await postmaster.start();
      forget();
      forget = onExit(() => postmaster.stop('fast'));
    },
    setSettings: (settings) => {
      writeSettings(dataDirectory, settings);
      postmaster.reload();
    },
  };
}

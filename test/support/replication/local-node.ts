import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, type QueryResultRow } from 'pg';
import { LocalControl } from '../../../activities/replication/nodes/local-control';
import type { CopySource } from '../../../activities/replication/providers';
import { reachableBinaries, serverAccount } from '../../../scripts/parts/postgres-account';
import { findPostgres, type PostgresMajor } from '../../../scripts/parts/postgres-binaries';
import { startPostgres, type PostgresPart } from '../../../scripts/parts/postgres-server';
import { killAtExit } from '../../../scripts/parts/processes';

/** The programs of the distribution's PostgreSQL 15, with all its tools. */
export const TOOLS = '/usr/lib/postgresql/15/bin';

/** The folder of the embedded programs, which are initdb, pg_ctl and postgres only. */
export function embeddedBin(major: PostgresMajor): string {
  const { folder, packageVersion } = findPostgres(major);
  return join(reachableBinaries(folder, packageVersion, serverAccount()), 'bin');
}

/** A new folder that the server's account may enter. */
export function testFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'pg-runbooks-nodes-'));
  execFileSync('chmod', ['755', folder]);
  const account = serverAccount();
  if (account) execFileSync('chown', [`${account.uid}:${account.gid}`, folder]);
  return folder;
}

/** A server, and the control of it that a worker on its machine has. */
export class LocalNodeOfTest {
  readonly control: LocalControl;
  private readonly forget: () => void;

  private constructor(
    readonly server: PostgresPart,
    bin: string,
    /** The password differs from the server's own where the data is another server's copy. */
    private readonly password = server.password,
  ) {
    const runAs = serverAccount() ? 'postgres' : execFileSync('id', ['-un'], { encoding: 'utf8' }).trim();
    this.control = new LocalControl({ name: 'node', dataDirectory: server.dataDirectory, bin, runAs });
    // What pg_ctl has started is nobody's child.
    this.forget = killAtExit(() => killServer(server.dataDirectory));
  }

  static async start(
    folder: string,
    name: string,
    options: { major?: PostgresMajor; bin?: string; password?: string } = {},
  ): Promise<LocalNodeOfTest> {
    const major = options.major ?? 15;
    const server = await startPostgres({
      major,
      dataDirectory: join(folder, name),
      durable: false,
      ownIdentity: options.password === undefined,
      say: () => undefined,
    });
    return new LocalNodeOfTest(server, options.bin ?? embeddedBin(major), options.password);
  }

  get dataDirectory(): string {
    return this.server.dataDirectory;
  }

  get source(): CopySource {
    const conninfo = `host=127.0.0.1 port=${this.server.port} user=postgres password='${this.password}' dbname=postgres`;
    return { host: '127.0.0.1', port: this.server.port, conninfo, dataDirectory: this.dataDirectory };
  }

  async query<T extends QueryResultRow>(text: string, password = this.password): Promise<T[]> {
    const client = new Client({ host: '127.0.0.1', port: this.server.port, user: 'postgres', password, database: 'postgres' });
    client.on('error', () => undefined);
    await client.connect();
    try {
      return (await client.query<T>(text)).rows;
    } finally {
      await client.end();
    }
  }

  async remove(): Promise<void> {
    await this.server.stop().catch(() => undefined);
    await this.control.fence().catch(() => undefined);
    this.forget();
    for (const path of ['', '.log', '.old', '.copy', '.kept']) rmSync(`${this.dataDirectory}${path}`, { recursive: true, force: true });
  }
}

function killServer(dataDirectory: string): void {
  try {
    execFileSync(process.execPath, ['-e', KILL, dataDirectory]);
  } catch {
    // Nothing runs.
  }
}

const KILL = `const fs=require('fs');process.kill(Number(fs.readFileSync(process.argv[1]+'/postmaster.pid','utf8').split('\\n')[0]),'SIGQUIT')`;

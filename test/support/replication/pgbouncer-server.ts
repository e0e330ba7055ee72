import { spawn, type ChildProcess } from 'node:child_process';
import { appendFileSync, chownSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { Client } from 'pg';
import { freePort } from '../../../scripts/parts/free-port';
import { pollUntil } from '../../../scripts/parts/poll-until';
import { serverAccount } from '../../../scripts/parts/postgres-account';
import type { PostgresPart } from '../../../scripts/parts/postgres-server';
import { killAtExit } from '../../../scripts/parts/processes';

const PROGRAM = '/usr/sbin/pgbouncer';

/** A real pgbouncer in transaction mode with the database `shop` in an included file. */
export class PgBouncerOfTest {
  private constructor(
    readonly port: number,
    /** The included file with the database's line. */
    readonly file: string,
    private readonly child: ChildProcess,
    private readonly forget: () => void,
  ) {}

  static async start(folder: string, name: string, behind: PostgresPart, mode: 'transaction' | 'session' = 'transaction'): Promise<PgBouncerOfTest> {
    const home = join(folder, name);
    mkdirSync(home, { mode: 0o755 });
    const account = serverAccount();
    const port = await freePort();
    const file = join(home, 'shop.ini');
    writeFileSync(file, `; kept\nshop = host=127.0.0.1 port=${behind.port} dbname=postgres user=postgres password=${behind.password} pool_size=5\n`, {
      mode: 0o640,
    });
    writeFileSync(join(home, 'users.txt'), '"postgres" ""\n');
    const settings = `listen_addr = 127.0.0.1\nlisten_port = ${port}\nunix_socket_dir =\nauth_type = any\nauth_file = ${join(home, 'users.txt')}\nadmin_users = console\npool_mode = ${mode}\nserver_login_retry = 1\nlogfile = ${join(home, 'log')}\nignore_startup_parameters = extra_float_digits\n`;
    writeFileSync(join(home, 'pgbouncer.ini'), `[databases]\n%include ${file}\n[pgbouncer]\n${settings}`);
    appendFileSync(join(home, 'log'), '');
    if (account) for (const path of [home, file, join(home, 'log'), join(home, 'pgbouncer.ini')]) chownSync(path, account.uid, account.gid);
    const child = spawn(PROGRAM, ['-q', join(home, 'pgbouncer.ini')], { stdio: 'ignore', ...(account ?? {}) });
    const forget = killAtExit(() => void child.kill('SIGKILL'));
    if (!(await pollUntil(() => answers(port), 10_000))) throw new Error(`pgbouncer did not start:\n${readFileSync(join(home, 'log'), 'utf8')}`);
    return new PgBouncerOfTest(port, file, child, forget);
  }

  get console(): { host: string; port: number; user: string; file: string } {
    return { host: '127.0.0.1', port: this.port, user: 'console', file: this.file };
  }

  /** A connected client of the application, or of the admin console. */
  async client(database = 'shop', application = 'app'): Promise<Client> {
    const client = new Client({
      host: '127.0.0.1',
      port: this.port,
      user: database === 'pgbouncer' ? 'console' : 'postgres',
      database,
      application_name: application,
    });
    client.on('error', () => undefined);
    await client.connect();
    return client;
  }

  async admin(text: string): Promise<string> {
    const client = await this.client('pgbouncer');
    try {
      return (await client.query(text)).command;
    } finally {
      await client.end();
    }
  }

  signal = (name: NodeJS.Signals): boolean => this.child.kill(name);

  async stop(): Promise<void> {
    this.child.kill('SIGKILL');
    await pollUntil(() => this.child.exitCode !== null || this.child.signalCode !== null, 5_000);
    this.forget();
  }
}

const answers = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => resolve(true));
    socket.on('error', () => resolve(false)).on('connect', () => socket.destroy());
  });

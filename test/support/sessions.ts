import { Client } from 'pg';
import type { World } from './world';

/** Sessions of applications that a test opens and looks after. */
export class AppSessions {
  private readonly open: Client[] = [];

  constructor(private readonly world: World) {}

  /** Opens idle sessions of a role; a statement runs in each before it goes idle. */
  async idle(role: string, count: number, options: { readonly application?: string; readonly statement?: string } = {}): Promise<number[]> {
    const url = new URL(this.world.postgres.url('shop'));
    if (role !== 'postgres') [url.username, url.password] = [role, role];
    const clients = Array.from({ length: count }, () => new Client({ connectionString: url.href, application_name: options.application ?? 'app' }));
    return Promise.all(
      clients.map(async (client) => {
        // Being ended is what these sessions are for.
        client.on('error', () => undefined);
        await client.connect();
        this.open.push(client);
        await client.query(options.statement ?? 'select 1');
        return (client as unknown as { processID: number }).processID;
      }),
    );
  }

  idleInTransaction = (role: string, count: number): Promise<number[]> => this.idle(role, count, { statement: 'begin' });

  /** Which of these backends still live. */
  async living(pids: readonly number[]): Promise<number[]> {
    const { rows } = await this.world.admin.query<{ pid: number }>('select pid from pg_stat_activity where pid = any($1) order by pid', [pids]);
    return rows.map((row) => row.pid);
  }

  /** Closes all, and waits until the server has noticed. */
  async close(): Promise<void> {
    const pids = this.open.map((client) => (client as unknown as { processID: number }).processID);
    await Promise.all(this.open.splice(0).map((client) => client.end().catch(() => undefined)));
    for (let look = 0; look < 100 && (await this.living(pids)).length; look++) await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

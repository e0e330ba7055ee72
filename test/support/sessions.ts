import { Client } from 'pg';
import type { World } from './world';

/** Sessions of applications that a test opens and looks after. */
export class AppSessions {
  private readonly open: Client[] = [];
  private readonly running: number[] = [];

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

  /** Opens sessions in which a statement runs until somebody ends it; answers when the server shows it running. */
  async busy(role: string, count: number, statement: string, options: { readonly application?: string } = {}): Promise<number[]> {
    const before = this.open.length;
    const pids = await this.idle(role, count, options);
    for (const client of this.open.slice(before)) void client.query(statement).catch(() => undefined);
    this.running.push(...pids);
    for (let look = 0; look < 100 && (await this.working(pids)).length < count; look++) await new Promise((resolve) => setTimeout(resolve, 20));
    return pids;
  }

  /** Which of these backends run a statement. */
  async working(pids: readonly number[]): Promise<number[]> {
    const { rows } = await this.world.admin.query<{ pid: number }>(
      `select pid from pg_stat_activity where pid = any($1) and state = 'active' order by pid`,
      [pids],
    );
    return rows.map((row) => row.pid);
  }

  idleInTransaction = (role: string, count: number): Promise<number[]> => this.idle(role, count, { statement: 'begin' });

  /** Makes the open transactions fail: their sessions are idle in transaction (aborted) from then on. */
  async fail(): Promise<void> {
    for (const client of this.open) await client.query('select 1 / 0').catch(() => undefined);
  }

  /** Which of these backends still live. */
  async living(pids: readonly number[]): Promise<number[]> {
    const { rows } = await this.world.admin.query<{ pid: number }>('select pid from pg_stat_activity where pid = any($1) order by pid', [pids]);
    return rows.map((row) => row.pid);
  }

  /** Closes all, and waits until the server has noticed. */
  async close(): Promise<void> {
    const pids = this.open.map((client) => (client as unknown as { processID: number }).processID);
    // A backend at work does not see that its client has gone.
    await this.world.admin.query('select pg_terminate_backend(pid) from pg_stat_activity where pid = any($1)', [this.running.splice(0)]);
    await Promise.all(this.open.splice(0).map((client) => client.end().catch(() => undefined)));
    for (let look = 0; look < 100 && (await this.living(pids)).length; look++) await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

import { Pool, type Client } from 'pg';
import { STARTUP_OPTIONS, type LedgerPlace, type Session } from '../sql/session';
import { sessionOn } from '../sql/session-on';
import { sql } from '../sql/sql';

const TABLE = sql`runbooks_control.ledger`;
const SETTINGS = {
  statementTimeoutMs: 10_000,
  lockTimeoutMs: 8_000,
  connectionCheckMs: 1_000,
  readOnly: false,
  searchPath: ['pg_catalog'],
} as const;

/** The ledger in the control database, for effects on servers that cannot record them: stopped ones, standbys, endpoints. */
export class ControlLedger {
  private readonly pool: Pool;
  /** Clusters whose fence row is known to be there. */
  private readonly fenced = new Set<string>();

  constructor(url: string) {
    this.pool = new Pool({
      connectionString: url,
      max: 4,
      connectionTimeoutMillis: 5_000,
      query_timeout: 15_000,
      allowExitOnIdle: true,
      options: STARTUP_OPTIONS,
      pipeline: true,
    });
    this.pool.on('error', () => undefined);
    this.pool.on('connect', (client) => void client.on('error', () => undefined));
  }

  /** A session that reaches the ledger, with the fence of one cluster; the kernel's ledger functions work on it. */
  async use<T>(systemIdentifier: string, applicationName: string, body: (session: Session) => Promise<T>): Promise<T> {
    const client = (await this.pool.connect()) as unknown as Client;
    const release = (error?: Error): void => (client as unknown as { release(error?: Error): void }).release(error);
    const ledger: LedgerPlace = { table: TABLE, fence: `fence/${systemIdentifier}` };
    const session: Session = { ...sessionOn(client, []), ledger };
    try {
      session.set({ ...SETTINGS, applicationName });
      if (!this.fenced.has(systemIdentifier)) {
        await session.run(sql`insert into ${TABLE} (key, state) values (${ledger.fence}, 'fence') on conflict do nothing`);
        this.fenced.add(systemIdentifier);
      }
      const result = await body(session);
      release();
      return result;
    } catch (error) {
      release(error as Error);
      throw error;
    }
  }

  async close(): Promise<void> {
    await this.pool.end();
  }
}

/** The greatest lock token that changes of a cluster have used; 0 where no control database answers. */
export async function fenceAtControl(ledger: ControlLedger | null, systemIdentifier: string): Promise<number> {
  if (!ledger) return 0;
  const read = ledger.use(systemIdentifier, 'rb:identify', (session) =>
    session.query(sql`select token from ${TABLE} where key = ${`fence/${systemIdentifier}`}`),
  );
  const rows = await read.catch(() => []);
  return Number((rows[0] as { token?: string } | undefined)?.token ?? 0);
}

import { Pool, type PoolConfig, type QueryConfig } from 'pg';

/** Storing or reading a record gives up after so long: nothing must wait for its record. */
const GIVES_UP_AFTER_MS = 2_000;

/** Connections to the control database whose statements end within 2 seconds. */
export function poolFor(connectionString: string, name: string): Pool {
  const config: PoolConfig = {
    connectionString,
    application_name: name,
    max: 2,
    connectionTimeoutMillis: GIVES_UP_AFTER_MS - 500,
    // The server gives up first: a record that we report as not stored must not be stored a moment later.
    statement_timeout: GIVES_UP_AFTER_MS - 300,
    options: '-c client_connection_check_interval=500',
    allowExitOnIdle: true,
  };
  const pool = new Pool(config);
  // An idle connection that the server closes must not end the worker; the pool makes a new one.
  pool.on('error', () => undefined);
  // Nor may one that breaks while it is used.
  pool.on('connect', (client) => void client.on('error', () => undefined));
  return pool;
}

/** Runs one statement within what is left of the 2 seconds; a connection that failed is dropped. */
export async function soon(pool: Pool, query: QueryConfig): Promise<readonly unknown[]> {
  const deadline = performance.now() + GIVES_UP_AFTER_MS;
  const client = await pool.connect();
  try {
    const limited = { ...query, query_timeout: Math.max(1, Math.floor(deadline - performance.now())) };
    const { rows } = await client.query<Record<string, unknown>>(limited);
    client.release();
    return rows;
  } catch (error) {
    client.release(error as Error);
    throw error;
  }
}

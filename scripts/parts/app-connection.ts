import { Client } from 'pg';

/** How long an application waits for a connection or an answer before it gives up. */
export const GIVES_UP_AFTER_MS = 15_000;

/** A connection as an application has it; its errors are those of its statements. */
export async function appConnection(connectionString: string, name: string, givesUpAfterMs = GIVES_UP_AFTER_MS): Promise<Client> {
  const client = new Client({ connectionString, application_name: name, connectionTimeoutMillis: givesUpAfterMs, query_timeout: givesUpAfterMs });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return client;
  } catch (error) {
    drop(client);
    throw error;
  }
}

/** Drops the connection without a word to the server, which may be frozen. */
export function drop(client: Client | undefined): void {
  if (!client) return;
  void client.end().catch(() => undefined);
  const { stream } = (client as unknown as { connection: { stream: { destroy(): void } } }).connection;
  stream.destroy();
}

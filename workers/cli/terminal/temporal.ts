import { Client, Connection } from '@temporalio/client';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { askAgain } from '../../../activities/runs/ask-again';
import { cliConfig, type CliConfig } from './config';
import { EXIT, CliFailure } from './exit-codes';

/** A connection to Temporal with what the CLI's commands need of it. */
export interface Temporal {
  readonly client: Client;
  readonly connection: Connection;
  readonly address: string;
  readonly namespace: string;
  readonly config: CliConfig;
}

/** Connects as TEMPORAL_* or a Temporal profile says (default 127.0.0.1:7233, namespace default); throws CliFailure when nothing answers within 5 seconds. */
export async function connectTemporal(by?: string): Promise<Temporal> {
  const config = cliConfig();
  const temporal = loadClientConnectConfig();
  const namespace = temporal.namespace ?? 'default';
  const { address = '127.0.0.1:7233', tls, apiKey, metadata } = temporal.connectionOptions;
  let connection: Connection;
  try {
    connection = await Connection.connect({
      address,
      connectTimeout: '5 seconds',
      ...(tls === undefined || tls === null ? {} : { tls }),
      ...(apiKey === undefined ? {} : { apiKey }),
      ...(metadata === undefined ? {} : { metadata }),
    });
  } catch (error) {
    throw new CliFailure(
      EXIT.unreachable,
      `Temporal does not answer at ${address} (${firstLine(error)}); nothing was sent. Check TEMPORAL_ADDRESS and TEMPORAL_NAMESPACE, or start the demo: npm run demo.`,
    );
  }
  const dataConverter = { payloadConverterPath: require.resolve('../../../workflows/engine/run/payload-converter') };
  const client = new Client({ connection, namespace, dataConverter, ...(by === undefined ? {} : { identity: by }) });
  return { client, connection, address, namespace, config };
}

/** Connects, runs `body`, and closes the connection whatever happens. */
export async function withTemporal<T>(by: string | undefined, body: (temporal: Temporal) => Promise<T>): Promise<T> {
  const temporal = await connectTemporal(by);
  try {
    return await body(temporal);
  } finally {
    await temporal.connection.close();
  }
}

/** How long a query may take: a worker that lives answers in milliseconds. */
const QUERY_MS = 4_000;

/** Asks a run a query; throws what the client throws, at the latest after 4 seconds. */
export const queryRun = <T>({ client, connection }: Temporal, workflowId: string, query: string): Promise<T> =>
  connection.withDeadline(Date.now() + QUERY_MS, () => askAgain(() => client.workflow.getHandle(workflowId).query<T>(query)));

const firstLine = (error: unknown): string => (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '';

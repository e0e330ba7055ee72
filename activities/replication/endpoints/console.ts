import type { Socket } from 'node:net';
import { Client, escapeIdentifier } from 'pg';
import { KernelFailure } from '../../sql/kernel-failure';
import { scrubbedMessage } from '../../sql/scrub';
import { secret } from '../../targets/secrets';
import type { EndpointConfig } from '../../targets/registry';

type PgBouncer = Extract<EndpointConfig, { by: 'pgbouncer' }>;
export type ConsoleConfig = PgBouncer['consoles'][number];

/** A row of a SHOW command; numbers come as the driver reads them. */
export type Row = Readonly<Record<string, unknown>>;

/** What the console answered: the first word of the command tag, and rows. */
export interface ConsoleAnswer {
  readonly tag: string;
  readonly rows: readonly Row[];
}

/** A command that did not answer in time; the console may still be waiting for transactions to end. */
export class NoAnswerInTime extends KernelFailure {
  constructor(at: ConsoleConfig, text: string, withinMs: number) {
    super(
      'TargetUnreachable',
      `The pgbouncer console ${at.host}:${at.port} did not answer ${text} within ${withinMs} ms. Check that it runs, then retry.`,
      'soon',
    );
  }
}

export const ANSWER_WITHIN_MS = 5_000;

/** A name as the console reads it. */
export const named = (database: string): string => escapeIdentifier(database);

/**
 * Runs one command on the admin console, on a connection of its own by the simple protocol, which is all that the console speaks.
 *
 * Throws TargetUnreachable where nobody answers, NoAnswerInTime after `withinMs`, the signal's reason when cancelled, and the console's own errors as they are.
 */
export async function command(at: ConsoleConfig, text: string, withinMs = ANSWER_WITHIN_MS, signal?: AbortSignal): Promise<ConsoleAnswer> {
  signal?.throwIfAborted();
  const client = new Client({
    host: at.host,
    port: at.port,
    user: at.user,
    ...(at.password ? { password: secret(at.password) } : {}),
    database: 'pgbouncer',
    connectionTimeoutMillis: ANSWER_WITHIN_MS,
    application_name: 'rb:endpoint',
  });
  client.on('error', () => undefined);
  const { stream } = (client as unknown as { connection: { stream: Socket } }).connection;
  let timer: NodeJS.Timeout | undefined;
  let onAbort = (): void => undefined;
  try {
    await client.connect().catch((error: unknown) => {
      throw new KernelFailure(
        'TargetUnreachable',
        `The pgbouncer console ${at.host}:${at.port} does not let us in as ${at.user}: ${scrubbedMessage(error)}. Check that it runs and that the user stands in admin_users.`,
        'soon',
      );
    });
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new NoAnswerInTime(at, text, withinMs)), Math.max(1, withinMs));
      onAbort = () => reject(signal?.reason as Error);
      signal?.addEventListener('abort', onAbort, { once: true });
    });
    const asked = client.query<Row>(text);
    asked.catch(() => undefined);
    const { command: tag, rows } = await Promise.race([asked, late]);
    return { tag, rows };
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', onAbort);
    // A console that waits in PAUSE does not read a farewell.
    void client.end().catch(() => undefined);
    stream.destroy();
  }
}

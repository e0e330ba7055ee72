import { setTimeout as sleep } from 'node:timers/promises';
import { KernelFailure } from '../../sql/kernel-failure';
import { stateOf } from '../../sql/sqlstates';
import { command, named, NoAnswerInTime, type ConsoleConfig, type Row } from './console';

/** How one pgbouncer process treats the database now. */
export interface PoolerLook {
  readonly paused: boolean;
  readonly host: string;
  readonly port: number;
  /** Server connections that run something, as `user from address:port`. */
  readonly busy: readonly string[];
}

const SETTLED_WITHIN_MS = 5_000;
const LOOK_EVERY_MS = 50;

/** One pgbouncer process, by its admin console. */
export class Pooler {
  readonly label: string;

  constructor(
    readonly config: ConsoleConfig,
    private readonly database: string,
  ) {
    this.label = `pgbouncer ${config.host}:${config.port}`;
  }

  async look(): Promise<PoolerLook> {
    const database = (await this.show('DATABASES')).find((row) => row['name'] === this.database);
    if (!database) {
      throw new KernelFailure(
        'PreconditionUnmet',
        `The ${this.label} has no database ${this.database}. Correct endpoint.database in targets.yaml, or add it there.`,
      );
    }
    const servers = (await this.show('SERVERS')).filter((row) => row['database'] === this.database && isBusy(row));
    const clients = servers.length ? await this.show('CLIENTS') : [];
    return {
      paused: Number(database['paused']) === 1,
      host: textOf(database['host']),
      port: Number(database['port']),
      busy: servers.map((server) => clientOf(server, clients)),
    };
  }

  /** PAUSE, and proof that nothing runs; throws EndpointBusy after `withinMs`. It may leave the database paused when it throws. */
  async pause(withinMs: number, signal: AbortSignal): Promise<void> {
    const deadline = Date.now() + withinMs;
    if (!(await this.look()).paused) await this.sendPause(deadline, signal);
    // An earlier PAUSE whose caller has died shows as paused while transactions still run.
    for (;;) {
      const { paused, busy } = await this.look();
      if (!paused)
        throw new KernelFailure(
          'VerificationFailed',
          `The ${this.label} is not paused after PAUSE: somebody has resumed it meanwhile. Find out who, then retry.`,
        );
      if (!busy.length) return;
      if (Date.now() >= deadline) throw this.stillBusy(busy, withinMs);
      await sleep(LOOK_EVERY_MS, undefined, { signal });
    }
  }

  /** KILL: drops all its connections at once and leaves it paused. */
  async kill(): Promise<void> {
    await command(this.config, `KILL ${named(this.database)}`).catch(async (error: unknown) => {
      // Killing what is paused already is refused by some versions; what counts is seen below.
      if (stateOf(error) !== '08P01') throw error;
    });
    await this.becomes(({ paused, busy }) => paused && !busy.length, 'is not closed after KILL');
  }

  /** RESUME on a new connection; not paused is fine. */
  async resume(): Promise<void> {
    await command(this.config, `RESUME ${named(this.database)}`).catch((error: unknown) => {
      if (stateOf(error) !== '08P01' || !/not paused/.test((error as Error).message)) throw error;
    });
    await this.becomes(({ paused }) => !paused, 'is still paused after RESUME');
  }

  /** RELOAD, and proof that it points there. */
  async reload(host: string, port: number): Promise<void> {
    await command(this.config, 'RELOAD');
    await this.becomes(
      (look) => look.host === host && look.port === port,
      `does not point at ${host}:${port} after RELOAD; its log says why. Check that pgbouncer.ini includes ${this.config.file}. It`,
    );
  }

  private async sendPause(deadline: number, signal: AbortSignal): Promise<void> {
    const startedAt = Date.now();
    try {
      const { tag } = await command(this.config, `PAUSE ${named(this.database)}`, deadline - startedAt, signal);
      if (tag === 'PAUSE') return;
      throw new KernelFailure(
        'PreconditionUnmet',
        `The ${this.label} answered PAUSE with ${tag}: somebody used WAIT_CLOSE on ${this.database} before, and since then PAUSE waits for no transaction there. ` +
          'Clients are let through again. Restart that pgbouncer (or close with kill), then retry.',
      );
    } catch (error) {
      if (!(error instanceof NoAnswerInTime)) throw error;
      throw this.stillBusy((await this.look()).busy, deadline - startedAt);
    }
  }

  private stillBusy(busy: readonly string[], withinMs: number): KernelFailure {
    const shown = busy.slice(0, 5).join(', ') + (busy.length > 5 ? `, and ${busy.length - 5} more` : '');
    return new KernelFailure(
      'EndpointBusy',
      `${busy.length} connections through the ${this.label} were still in a transaction after ${withinMs} ms: ${shown || 'none shown'}. Let them finish or end them, then retry.`,
    );
  }

  private async becomes(wanted: (look: PoolerLook) => boolean, failure: string): Promise<void> {
    const deadline = Date.now() + SETTLED_WITHIN_MS;
    for (;;) {
      const look = await this.look();
      if (wanted(look)) return;
      if (Date.now() >= deadline) {
        throw new KernelFailure(
          'VerificationFailed',
          `The ${this.label} ${failure} shows ${look.host}:${look.port}, ${look.paused ? 'paused' : 'not paused'}, ${look.busy.length} busy.`,
        );
      }
      await sleep(LOOK_EVERY_MS);
    }
  }

  private show = async (what: string): Promise<readonly Row[]> => (await command(this.config, `SHOW ${what}`)).rows;
}

const isBusy = (server: Row): boolean => /^(active|being_canceled)/.test(textOf(server['state']));

function clientOf(server: Row, clients: readonly Row[]): string {
  const client = clients.find((row) => row['ptr'] === server['link']);
  const name = textOf(client?.['application_name']);
  return `${textOf(server['user'])}${name ? ` (${name})` : ''} from ${client ? `${textOf(client['addr'])}:${textOf(client['port'])}` : 'nobody any more'}`;
}

const textOf = (value: unknown): string => (typeof value === 'string' || typeof value === 'number' ? String(value) : '');

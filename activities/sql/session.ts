import type { Client } from 'pg';
import type { ServerLife } from '../../workflows/contracts/orders';
import type { LoginClass } from '../../workflows/contracts/operation-shape';
import type { Notice } from './notices';
import { sql, type Sql } from './sql';

/** What a session is used for; every one has its time-outs and its name. */
export interface SessionSettings {
  readonly applicationName: string;
  readonly statementTimeoutMs: number;
  readonly lockTimeoutMs: number;
  /** How soon the server notices that the client is gone; 0 = the statement runs on without us. */
  readonly connectionCheckMs: number;
  /** Every statement is a READ ONLY transaction of one snapshot, unless one is begun explicitly. */
  readonly readOnly: boolean;
  /** Schemas, unquoted; `pg_catalog` is searched first in any case. */
  readonly searchPath: readonly string[];
}

/** The settings of a quick look. */
export const lookingSettings = (applicationName: string, statementTimeoutMs = 2_000): SessionSettings => ({
  applicationName,
  statementTimeoutMs,
  lockTimeoutMs: 1_000,
  connectionCheckMs: 1_000,
  readOnly: true,
  searchPath: ['pg_catalog'],
});

/** A dedicated connection to a target while one attempt of a step uses it. */
export interface Session {
  readonly client: Client;
  /** Notices since the session was taken. */
  readonly notices: Notice[];
  readonly backendPid: number;
  /** The ledger that this session reaches. Default: `runbooks.ledger` of the target. */
  readonly ledger?: LedgerPlace;
  query(statement: Sql): Promise<readonly unknown[]>;
  /** Runs a statement and says how many rows it reported; null for one that reports none (DDL). */
  run(statement: Sql): Promise<number | null>;
  /** Sets what the connection does not have yet, with the next statement and in the same round trip. */
  set(settings: SessionSettings): void;
  /** Sends a statement in front of the next one, or behind it, in the same round trip; where one fails the rest is skipped. */
  ahead(statement: Sql): void;
  behind(statement: Sql): void;
  /** Ends a transaction that failed; forgets what was to be sent. Never throws. */
  rollBack(): Promise<void>;
}

/** A ledger's table and the key of its fence; the control database keeps one fence for each cluster. */
export interface LedgerPlace {
  readonly table: Sql;
  readonly fence: string;
}

/** The ledger of a target, where effects and their records share a transaction. */
const TARGET_LEDGER: LedgerPlace = { table: sql`runbooks.ledger`, fence: 'fence' };
export const ledgerOf = (session: Session): LedgerPlace => session.ledger ?? TARGET_LEDGER;

/** Opens sessions on targets; made by `activities/targets`, wired by the composition root. */
export interface Sessions {
  /** Runs `body` with a session and gives the connection back; a connection that failed is dropped. */
  use<T>(wanted: SessionWanted, body: (session: Session, place: Place) => Promise<T>): Promise<T>;
}

export interface SessionWanted {
  readonly target: string;
  readonly login: LoginClass;
  readonly node: 'primary' | 'standby' | 'either';
  readonly settings: SessionSettings;
  /** When it aborts, the running statement is cancelled on the server. */
  readonly signal?: AbortSignal;
}

/** Where a session is connected, and what targets.yaml expects there. */
export interface Place {
  readonly target: string;
  readonly server: ServerLife;
  readonly node: string;
  readonly address: string;
  readonly login: string;
  /** The database role of a login class of this target; throws TargetNotReady where targets.yaml has none. */
  readonly roleOf: (login: LoginClass) => string;
  readonly expected: { readonly systemIdentifier: string; readonly database: string; readonly dataDirectory: string | null } | null;
}

/** The longest application name that PostgreSQL keeps. */
const LONGEST_APPLICATION_NAME = 63;

/**
 * What makes values read and written alike everywhere, whatever role or database set; given when connecting, so that it holds from
 * the first statement. Row security is off so that hidden rows are an error and not an answer.
 */
const CONSTANT: Readonly<Record<string, string>> = {
  search_path: 'pg_catalog',
  DateStyle: 'ISO',
  IntervalStyle: 'postgres',
  TimeZone: 'UTC',
  bytea_output: 'hex',
  extra_float_digits: '1',
  standard_conforming_strings: 'on',
  quote_all_identifiers: 'off',
  transform_null_equals: 'off',
  array_nulls: 'on',
  client_min_messages: 'notice',
  row_security: 'off',
  idle_session_timeout: '0',
  default_transaction_deferrable: 'off',
};

/** The startup option of every connection of ours. Whoever connects past this reads times and numbers by the role's own settings. */
export const STARTUP_OPTIONS = Object.entries(CONSTANT)
  .map(([name, value]) => `-c ${name}=${value}`)
  .join(' ');

/** The statement that sets what differs from use to use; as a setting of the session, so that `reset_val` still tells the server's own. */
export const settingsStatement = (settings: SessionSettings): Sql => sql`
  select set_config('application_name', ${settings.applicationName.slice(0, LONGEST_APPLICATION_NAME)}, false),
         set_config('search_path', ${settings.searchPath.map((schema) => sql.identifier(schema).text).join(', ')}, false),
         set_config('statement_timeout', ${String(settings.statementTimeoutMs)}, false),
         set_config('lock_timeout', ${String(settings.lockTimeoutMs)}, false),
         set_config('idle_in_transaction_session_timeout', '60000', false),
         set_config('client_connection_check_interval', ${String(settings.connectionCheckMs)}, false),
         set_config('synchronous_commit', 'on', false),
         set_config('default_transaction_read_only', ${settings.readOnly ? 'on' : 'off'}, false),
         set_config('default_transaction_isolation', ${settings.readOnly ? 'repeatable read' : 'read committed'}, false)`;

/** Sends the last statement of a transaction together with its COMMIT. */
export type Last = (statement: Sql) => Promise<readonly unknown[]>;

const BEGIN = {
  'READ ONLY': sql`begin transaction isolation level repeatable read read only`,
  'READ WRITE': sql`begin transaction isolation level read committed read write`,
} as const;

/**
 * Runs `body` in a transaction; rolls back when it throws. BEGIN travels with the first statement, and COMMIT with the last where the
 * body says which it is. A write transaction says READ WRITE, so that a read-only default does not lock us out.
 */
export async function inTransaction<T>(session: Session, mode: keyof typeof BEGIN, body: (last: Last) => Promise<T>): Promise<T> {
  let committed = false;
  session.ahead(BEGIN[mode]);
  try {
    const result = await body(async (statement) => {
      session.behind(sql`commit`);
      const rows = await session.query(statement);
      committed = true;
      return rows;
    });
    if (!committed) await session.run(sql`commit`);
    return result;
  } catch (error) {
    await session.rollBack();
    throw error;
  }
}

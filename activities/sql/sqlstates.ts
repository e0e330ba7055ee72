/** What an error of the server, or the loss of the connection, means for the step. */
export type Meaning =
  | 'retry' // nothing happened; the same may work in a moment
  | 'unknown' // the reply is lost: the world must be looked at
  | 'crashed' // the server's other processes were killed because one of them died
  | 'stop' // the server is unhealthy (disk, corruption): nothing that writes may go on
  | 'wrong-node' // a standby, where recovery is what refuses writes
  | 'cancelled' // the statement was cancelled or ran into its time-out
  | 'rejected'; // the statement is wrong or not allowed; the same will fail again

/** SQLSTATEs with a meaning of their own; others fall to their class. Source: PostgreSQL documentation, appendix A. */
const BY_STATE: Readonly<Record<string, Meaning>> = {
  '40001': 'retry', // serialization_failure
  '40P01': 'retry', // deadlock_detected
  '55P03': 'retry', // lock_not_available
  '53300': 'retry', // too_many_connections
  '57P03': 'retry', // cannot_connect_now
  '40003': 'unknown', // statement_completion_unknown
  '57P01': 'unknown', // admin_shutdown
  '57P02': 'crashed', // crash_shutdown
  '57P05': 'unknown', // idle_session_timeout
  '25P03': 'unknown', // idle_in_transaction_session_timeout
  '53100': 'stop', // disk_full
  XX001: 'stop', // data_corrupted
  XX002: 'stop', // index_corrupted
  '25006': 'wrong-node', // read_only_sql_transaction
  '57014': 'cancelled', // query_canceled
};

const BY_CLASS: Readonly<Record<string, Meaning>> = { '08': 'unknown', '53': 'retry' };

/** Errors of a one-shot statement that may mean "it is done already": the object is gone, or in that state. */
export const MAYBE_DONE_ALREADY: readonly string[] = ['42704', '55000'];
/** insufficient_privilege */
export const NOT_ALLOWED = '42501';
/** undefined_object: what pg_has_role() says of a role that is not there. */
export const NO_SUCH_ROLE = '42704';
/** undefined_table, undefined_function, undefined_schema: the object that the operation needs is absent. */
export const ABSENT: readonly string[] = ['42P01', '42883', '3F000'];

const SOCKET_ERRORS = ['ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH', 'ENOTFOUND', 'EAI_AGAIN'];

/** The SQLSTATE of a pg error, or the socket's error code, or an empty text. */
export function stateOf(error: unknown): string {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : '';
}

/** What an error means; a lost socket is `unknown`. */
export function meaningOf(error: unknown): Meaning {
  const state = stateOf(error);
  if (SOCKET_ERRORS.includes(state)) return 'unknown';
  if (state === '')
    return /connection terminated|connection error|timeout (expired|exceeded)|client has encountered|not queryable/i.test(String(error))
      ? 'unknown'
      : 'rejected';
  return BY_STATE[state] ?? BY_CLASS[state.slice(0, 2)] ?? 'rejected';
}

/** Whether the connection is gone with the error. */
export const isConnectionLost = (error: unknown): boolean => ['unknown', 'crashed'].includes(meaningOf(error));

import { z } from 'zod';
import type { ServerLife, StepRef } from '../../workflows/contracts/orders';
import { KernelFailure } from '../sql/kernel-failure';
import { maybeOne, one } from '../sql/rows';
import { ledgerOf, type Last, type Session } from '../sql/session';
import { sql, type Sql } from '../sql/sql';
import { asciiJson, fromAscii, toAscii } from './ascii';

const Life = z.object({ node: z.string(), startedAt: z.string(), statsSince: z.string() });

/** A row of a ledger as the protocol needs it. */
export const LedgerRow = z.object({
  state: z.enum(['claimed', 'done', 'undoing', 'undone', 'never']),
  operation: z.string().nullable(),
  input: z.unknown(),
  input_sha256: z.string().nullable(),
  before: z.unknown(),
  result: z.unknown(),
  sent: z.boolean(),
  server_start: Life.nullable(),
});
export type LedgerRow = z.infer<typeof LedgerRow>;

/** A row to be made, unless its key is taken. */
export interface NewRow {
  readonly key: string;
  /** `never` is a tombstone: a late attempt finds it and stays out. */
  readonly state: 'claimed' | 'never';
  readonly step: StepRef;
  readonly operation: string;
  readonly input?: unknown;
  readonly inputSha256?: string;
  readonly plan?: string | null;
  readonly token: number;
  readonly undo?: string | null;
  readonly address: string;
  /** The life of the server in which it is claimed; after a crash nobody goes on with it by himself. */
  readonly serverStart?: ServerLife | undefined;
}

/** Inserts it from one row of `source`; a racing duplicate waits here until the first attempt ends: that is the fence between attempts. */
export const insertion = (session: Session, row: NewRow, condition: Sql): Sql => sql`
  insert into ${ledgerOf(session).table} (key, state, workflow_id, first_run_id, runbook, step, step_number, operation, input, input_sha256,
                               plan, token, undo_by, login, server, server_start, backend_pid, application_name, undone_at)
  select ${toAscii(row.key)}, ${row.state}, ${toAscii(row.step.workflowId)}, ${row.step.firstRunId}, ${row.step.runbook}, ${toAscii(row.step.step)},
         ${row.step.stepNumber}::integer, ${row.operation}, ${row.input === undefined ? null : asciiJson(row.input)}::json, ${row.inputSha256 ?? null},
         ${row.plan ?? null}, ${row.token}::bigint, ${row.undo ?? null}, session_user, ${row.address},
         ${row.serverStart ? asciiJson(row.serverStart) : null}::json, pg_backend_pid(),
         current_setting('application_name'), case when ${row.state} = 'never' then clock_timestamp() end
   where ${condition}
  on conflict (key) do nothing
  returning key`;

/** The row of a key, locked until the transaction ends. Somebody who changes the ledger by hand can have taken it away. */
export async function lockRow(session: Session, key: string): Promise<LedgerRow> {
  const rows = await session.query(sql`
    select state, operation, input, input_sha256, before, result, sent_at is not null as sent, server_start
      from ${ledgerOf(session).table} where key = ${toAscii(key)} for update`);
  const row = maybeOne(LedgerRow).take(rows);
  if (row) return row;
  throw new KernelFailure('OutcomeUnknown', `The ledger row ${key} was there and is gone; somebody is changing the ledger.`, 'soon');
}

/** Stores what the write found, once; a repeat takes this and never looks again. */
export async function storeBefore(session: Session, last: Last, key: string, before: unknown): Promise<void> {
  await last(sql`update ${ledgerOf(session).table} set before = ${asciiJson(before)}::json where key = ${toAscii(key)}`);
}

const Evidence = z.object({
  login: z.string(),
  server: z.string(),
  backendPid: z.number(),
  applicationName: z.string(),
  xid: z.string().nullable(),
  lsn: z.string().nullable(),
  at: z.string(),
});
export type Evidence = z.infer<typeof Evidence>;

const EVIDENCE = sql`login::text as login, coalesce(server, '') as server, backend_pid as "backendPid", application_name as "applicationName", xid, lsn`;

/** What is recorded with the end of an effect; `before` where it was not stored with the claim. */
export interface Mark {
  readonly state: 'done' | 'undoing' | 'undone';
  readonly before?: unknown;
  readonly result?: unknown;
}

/** Marks an effect and returns the evidence of the session that did it. */
export async function mark(session: Session, last: Last, key: string, { state, before, result }: Mark): Promise<Evidence> {
  const rows = await last(sql`
    update ${ledgerOf(session).table}
       set state = ${state},
           before = coalesce(${before === undefined ? null : asciiJson(before)}::json, before),
           result = coalesce(${result === undefined ? null : asciiJson(result)}::json, result),
           login = session_user, backend_pid = pg_backend_pid(), application_name = current_setting('application_name'),
           xid = pg_current_xact_id()::text, lsn = pg_current_wal_insert_lsn()::text,
           done_at = case when ${state} = 'done' then clock_timestamp() else done_at end,
           undone_at = case when ${state} = 'undone' then clock_timestamp() else undone_at end
     where key = ${toAscii(key)} and (${state} <> 'done' or state = 'claimed')
    returning ${EVIDENCE}, clock_timestamp()::text as at`);
  if (rows.length === 0)
    throw new KernelFailure('Undone', 'The effect was undone by somebody else while this attempt was still at work; look at the target.');
  return one(Evidence).take(rows);
}

/** The evidence of the attempt that had done an effect. */
export async function evidenceOf(session: Session, key: string): Promise<Evidence> {
  const rows = await session.query(
    sql`select ${EVIDENCE}, coalesce(done_at, claimed_at)::text as at from ${ledgerOf(session).table} where key = ${toAscii(key)}`,
  );
  return one(Evidence).take(rows);
}

/** Keys as the ledger has them, for a parameter of type text[]. */
export const keysOf = (keys: readonly string[]): string[] => keys.map(toAscii);
export const keysFrom = (keys: readonly string[]): string[] => keys.map(fromAscii);

/** Closes the undos of a run's earlier effects: after a point of no return nobody may run them. It can be taken back while nothing was sent. */
export const closingUndos = (session: Session, step: StepRef, { by, where }: { by: string; where: Sql }): Sql => sql`
  update ${ledgerOf(session).table} set closed_by = ${toAscii(by)}
   where workflow_id = ${toAscii(step.workflowId)} and first_run_id = ${step.firstRunId} and key <> ${toAscii(by)}
     and undo_by is not null and closed_by is null and ${where}`;

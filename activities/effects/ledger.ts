import { z } from 'zod';
import type { StepRef } from '../../workflows/contracts/orders';
import { ledgerOf, type Session } from '../sql/session';
import { KernelFailure } from '../sql/kernel-failure';
import { maybeOne, many } from '../sql/rows';
import { sql } from '../sql/sql';

/** A row of `runbooks.ledger` as the kernel needs it; times as text, so that no microsecond is lost. */
export const LedgerRow = z.object({
  key: z.string(),
  state: z.enum(['claimed', 'done', 'undoing', 'undone', 'never']),
  operation: z.string().nullable(),
  input: z.unknown(),
  input_sha256: z.string().nullable(),
  before: z.unknown(),
  result: z.unknown(),
  step: z.string().nullable(),
  step_number: z.coerce.number().nullable(),
  undo_by: z.string().nullable(),
  backend_pid: z.number().nullable(),
  application_name: z.string().nullable(),
});
export type LedgerRow = z.infer<typeof LedgerRow>;

const COLUMNS = sql`key, state, operation, input, input_sha256, before, result, step, step_number, undo_by, backend_pid, application_name`;

/** What a claim writes. */
export interface Claim {
  readonly key: string;
  readonly step: StepRef;
  readonly operation: string;
  readonly input: unknown;
  readonly inputSha256: string;
  readonly plan: string | null;
  readonly token: number;
  readonly undo: string | null;
  readonly address: string;
}

/** Claims an effect key; null when the key is taken. A racing duplicate waits here until the first attempt ends: that is the fence. */
export async function claim(session: Session, c: Claim): Promise<boolean> {
  const rows = await session.query(sql`
    insert into ${ledgerOf(session).table} (key, state, workflow_id, first_run_id, runbook, step, step_number, operation, input, input_sha256,
                                 plan, token, undo_by, login, server, backend_pid, application_name)
    values (${c.key}, 'claimed', ${c.step.workflowId}, ${c.step.firstRunId}, ${c.step.runbook}, ${c.step.step}, ${c.step.stepNumber}, ${c.operation},
            ${JSON.stringify(c.input)}, ${c.inputSha256}, ${c.plan}, ${c.token}, ${c.undo}, session_user, ${c.address},
            pg_backend_pid(), current_setting('application_name'))
    on conflict (key) do nothing
    returning key`);
  return rows.length === 1;
}

/** The row of a key, locked until the transaction ends. */
export async function lockRow(session: Session, key: string): Promise<LedgerRow | null> {
  return maybeOne(LedgerRow).take(await session.query(sql`select ${COLUMNS} from ${ledgerOf(session).table} where key = ${key} for update`));
}

/** The row of a key, as it stands. */
export async function readRow(session: Session, key: string): Promise<LedgerRow | null> {
  return maybeOne(LedgerRow).take(await session.query(sql`select ${COLUMNS} from ${ledgerOf(session).table} where key = ${key}`));
}

/** Stores what the write found, once; a repeat takes this and never reads again. */
export async function storeBefore(session: Session, key: string, before: unknown): Promise<void> {
  await session.run(sql`update ${ledgerOf(session).table} set before = ${JSON.stringify(before)} where key = ${key}`);
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

/** Marks an effect done (or undone) and returns the evidence of the session that did it. */
export async function mark(session: Session, key: string, state: 'done' | 'undoing' | 'undone', result?: unknown): Promise<z.infer<typeof Evidence>> {
  const rows = await session.query(sql`
    update ${ledgerOf(session).table}
       set state = ${state},
           result = coalesce(${result === undefined ? null : JSON.stringify(result)}::jsonb, result),
           login = session_user, backend_pid = pg_backend_pid(), application_name = current_setting('application_name'),
           xid = pg_current_xact_id()::text, lsn = pg_current_wal_insert_lsn()::text,
           done_at = case when ${state} = 'done' then clock_timestamp() else done_at end,
           undone_at = case when ${state} = 'undone' then clock_timestamp() else undone_at end
     where key = ${key} and (${state} <> 'done' or state = 'claimed')
    returning login::text as login, coalesce(server, '') as server, backend_pid as "backendPid", application_name as "applicationName",
              xid, lsn, clock_timestamp()::text as at`);
  if (rows.length === 0)
    throw new KernelFailure('Undone', 'The effect was undone by somebody else while this attempt was still at work; look at the target.');
  return Evidence.parse(rows[0]);
}

/** Puts a tombstone on a key that nobody has claimed: a late attempt finds it and stays out. False when the key is taken. */
export async function bury(session: Session, key: string, step: StepRef, operation: string, address: string): Promise<boolean> {
  const rows = await session.query(sql`
    insert into ${ledgerOf(session).table} (key, state, workflow_id, first_run_id, runbook, step, step_number, operation, login, server, backend_pid, application_name, undone_at)
    values (${key}, 'never', ${step.workflowId}, ${step.firstRunId}, ${step.runbook}, ${step.step}, ${step.stepNumber}, ${operation},
            session_user, ${address}, pg_backend_pid(), current_setting('application_name'), clock_timestamp())
    on conflict (key) do nothing
    returning key`);
  return rows.length === 1;
}

/** Which of these effects no longer live: undone, or never to happen. */
export async function deadAmong(session: Session, keys: readonly string[]): Promise<string[]> {
  if (keys.length === 0) return [];
  const rows = await session.query(sql`
    select key from ${ledgerOf(session).table} where key = any(${keys}) and state in ('undoing', 'undone', 'never') order by seq`);
  return many(z.object({ key: z.string() }))
    .take(rows)
    .map((row) => row.key);
}

const Touched = z.object({ touched: z.coerce.number() });

/** How many objects a run has touched with an operation so far, other steps included; for the cap of a selection. */
export async function touchedSoFar(session: Session, step: StepRef, operation: string, exceptKey: string): Promise<number> {
  const rows = await session.query(sql`
    select coalesce(sum(jsonb_array_length(before)), 0)::int as touched
      from ${ledgerOf(session).table}
     where workflow_id = ${step.workflowId} and first_run_id = ${step.firstRunId} and operation = ${operation} and key <> ${exceptKey}
       and jsonb_typeof(before) = 'array'`);
  return Touched.parse(rows[0]).touched;
}

/** Takes the ways back of a run's earlier effects out of the ledger: after a point of no return nobody may go them. */
export async function dropWaysBack(session: Session, step: StepRef, exceptKey: string): Promise<void> {
  await session.run(sql`
    update ${ledgerOf(session).table} set undo_by = null
     where workflow_id = ${step.workflowId} and first_run_id = ${step.firstRunId} and key <> ${exceptKey}`);
}

/** Which of these effects the ledger does not know at all. */
export async function missingAmong(session: Session, keys: readonly string[]): Promise<string[]> {
  const rows = await session.query(sql`
    select wanted as key from unnest(${keys}::text[]) wanted where not exists (select from ${ledgerOf(session).table} where key = wanted)`);
  return many(z.object({ key: z.string() }))
    .take(rows)
    .map((row) => row.key);
}

import { z } from 'zod';
import type { WriteOrder } from '../../workflows/contracts/orders';
import { KernelFailure } from '../sql/kernel-failure';
import { one } from '../sql/rows';
import { ledgerOf, type Session } from '../sql/session';
import { sql, type Sql } from '../sql/sql';
import { toAscii } from './ascii';
import type { Carrier } from './carrier';
import { SERVER, Server, judgeFence, judgeServer } from './guard';
import { insertion, keysFrom, keysOf, type NewRow } from './ledger';

type History = Pick<WriteOrder, 'buildsOn' | 'made'>;

const Entered = z.object({
  server: Server.nullable(),
  token: z.coerce.number().nullable(),
  dead: z.array(z.string()),
  lost: z.array(z.string()),
  touched: z.number(),
  claimed: z.boolean(),
});

/** What comes of entering: whether the row is ours now, and how many objects the run's earlier effects of this operation touched. */
export interface Entry {
  readonly claimed: boolean;
  readonly touched: number;
  readonly server: Server | null;
}

/**
 * Guard, fence and claim (or tombstone) in one round trip; each of them is then judged by itself, so that a refusal says which it was.
 * Whoever is refused has his transaction rolled back, and with it what the statement wrote.
 */
export async function enter(session: Session, { guard }: Pick<Carrier, 'guard'>, row: NewRow, history: History): Promise<Entry> {
  judgeFence(0, row.token);
  const entered = one(Entered).take(await session.query(entering(session, { guard, row, history })));
  if (guard && entered.server) judgeServer(entered.server, guard);
  judgeFence(entered.token, row.token);
  refuseForked(keysFrom(entered.dead));
  refuseLost(keysFrom(entered.lost));
  return entered;
}

interface Entering {
  readonly guard: Carrier['guard'];
  readonly row: NewRow;
  readonly history: History;
}

/** The fence is locked first and raised from what that found: a token that moved meanwhile is seen, and waits for older attempts to end. */
function entering(session: Session, { guard, row, history }: Entering): Sql {
  const { table, fence } = ledgerOf(session);
  const ours = guard?.place.expected
    ? sql`(select system_identifier = ${guard.place.expected.systemIdentifier} and database = ${guard.place.expected.database} from server)`
    : sql`${!guard}`;
  return sql`
    with server as materialized (${guard ? SERVER : sql`select where false`}),
         fence as materialized (select token from ${table} where key = ${fence} for share),
         raised as (
           update ${table} ledger set token = ${row.token} from fence
            where ledger.key = ${fence} and fence.token < ${row.token} and ${ours}
         ),
         claimed as (${insertion(session, row, sql`(select token from fence) <= ${row.token} and ${ours}`)})
    select ${guard ? sql`(select to_json(server) from server)` : sql`null::json`} as server,
           (select token::text from fence) as token,
           array(${deadAmong(session, history.buildsOn)}) as dead,
           array(select made from unnest(${keysOf(history.made ?? [])}::text[]) made where not exists (select from ${table} where key = made)) as lost,
           ${touchedBefore(session, row)} as touched,
           exists (select from claimed) as claimed`;
}

/** Which of these effects no longer live: undone, or never to happen. */
export const deadAmong = (session: Session, keys: readonly string[]): Sql =>
  sql`select key from ${ledgerOf(session).table} where key = any(${keysOf(keys)}::text[]) and state in ('undoing', 'undone', 'never') order by seq`;

/** How many objects a run has touched with an operation so far, other steps included; for the limit of a selection. */
const touchedBefore = (session: Session, { step, operation, key }: NewRow): Sql => sql`
  (select coalesce(sum(case when json_typeof(before) = 'array' then json_array_length(before) end), 0)::int
     from ${ledgerOf(session).table}
    where workflow_id = ${toAscii(step.workflowId)} and first_run_id = ${step.firstRunId} and operation = ${operation} and key <> ${toAscii(key)})`;

export function refuseForked(dead: readonly string[]): void {
  if (dead.length === 0) return;
  throw new KernelFailure(
    'HistoryForked',
    `This step builds on ${dead.join(', ')}, which the ledger says was undone. The run was reset or replayed after a rollback; start a new run.`,
  );
}

/** After a failover that lost commits, the new primary does not know what the old one had recorded; nothing may build on it. */
function refuseLost(lost: readonly string[]): void {
  if (lost.length === 0) return;
  throw new KernelFailure(
    'EffectsLost',
    `The ledger of this server lacks what this run did before: ${lost.join(', ')}. A failover lost it. Nothing was done now; the lost changes are planned and offered again.`,
    'never',
    { lost },
  );
}

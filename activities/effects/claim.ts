import type { WriteAnswer, WriteOrder } from '../../workflows/contracts/orders';
import { hashOf } from '../../workflows/pure/hash';
import type { Attempt } from './attempt';
import { checkFence, checkIdentity } from './guard';
import { KernelFailure } from '../sql/kernel-failure';
import * as ledger from './ledger';
import { boundOf } from './look';
import { judged, shownNotice } from '../sql/notices';
import { statementsOf, type WriteOperation } from './operation';
import { sampled } from '../sql/rows';
import { ledgerOf, type Place, type Session } from '../sql/session';
import { rendered, sql } from '../sql/sql';

/** Everything that one attempt of a write needs. */
export interface Writing {
  readonly name: string;
  readonly operation: WriteOperation;
  readonly input: Record<string, unknown>;
  readonly order: WriteOrder;
  readonly attempt: Attempt;
  readonly session: Session;
  readonly place: Place;
}

/** What claiming needs to know of a change, whatever kind of operation it is. */
export interface Claiming {
  readonly name: string;
  readonly operation: Pick<WriteOperation, 'effect' | 'undo' | 'trial'>;
  readonly input: Record<string, unknown>;
  readonly order: WriteOrder;
  readonly attempt: Attempt;
  /** A session that reaches the ledger. */
  readonly session: Session;
  /** Where the change happens. */
  readonly address: string;
  /** Refuses the wrong server. */
  readonly guard: () => Promise<void>;
  /** Reads what the change finds, and refuses where that is over the cap or no longer what the plan shows. */
  readonly look: () => Promise<readonly unknown[]>;
}

/** The claiming of a change by SQL: guard and `before` in the write's own session. */
export const claimingOf = (w: Writing): Claiming => ({
  ...w,
  address: w.place.address,
  guard: () => checkIdentity(w.session, w.place, w.operation.node ?? 'primary', w.order.planned?.databaseOid),
  look: async () => {
    const before = w.operation.before.rows.take(await w.session.query(w.operation.before.statement(w.input)));
    await refuseOverCap(w, before);
    refuseDrift(w, before);
    return before;
  },
});

/** Guard, fence and claim, in this order, then `before`: read once and stored, or taken from an earlier attempt. */
export async function claimOrFind(c: Claiming): Promise<{ before: readonly unknown[]; repeated: boolean } | { found: WriteAnswer }> {
  const { session, order, operation, input } = c;
  await c.guard();
  await checkFence(session, order.token);
  await refuseForkedHistory(session, order);
  await refuseLostHistory(session, order);
  const inputSha256 = hashOf(input);
  const undo = 'by' in operation.undo ? operation.undo.by : null;
  const claimed = await ledger.claim(session, {
    key: order.effectKey,
    step: order.step,
    operation: c.name,
    input,
    inputSha256,
    plan: order.planned?.plan ?? null,
    token: order.token,
    undo: operation.effect === 'irreversible' || operation.trial ? null : undo,
    address: c.address,
  });
  await c.attempt.at('claimed');
  if (!claimed) return earlierAttempt(c, inputSha256);
  const before = await c.look();
  await ledger.storeBefore(session, order.effectKey, before);
  return { before, repeated: false };
}

async function earlierAttempt(c: Claiming, inputSha256: string): Promise<{ before: readonly unknown[]; repeated: boolean } | { found: WriteAnswer }> {
  const row = await ledger.lockRow(c.session, c.order.effectKey);
  if (!row)
    throw new KernelFailure('OutcomeUnknown', `The ledger row ${c.order.effectKey} was there and is gone; somebody is changing the ledger.`, 'soon');
  if (row.state === 'never' || row.state === 'undone' || row.state === 'undoing') {
    throw new KernelFailure('Undone', `This effect was rolled back (ledger state "${row.state}"), so this late attempt stays out.`);
  }
  if (row.operation !== c.name || row.input_sha256 !== inputSha256) {
    throw new KernelFailure(
      'LedgerMismatch',
      `The ledger holds ${c.order.effectKey} as ${row.operation ?? 'nothing'} with another input. It is not the same effect; nothing was done.`,
    );
  }
  const before = (row.before ?? []) as unknown[];
  if (row.state === 'claimed') return { before, repeated: true };
  const result = row.result as Pick<WriteAnswer, 'rows' | 'verified' | 'statements' | 'notices' | 'observed'>;
  const evidence = await evidenceOf(c);
  return { found: { before: sampled(before), how: 'found', ...result, evidence } };
}

async function evidenceOf({ session, order }: Claiming): Promise<WriteAnswer['evidence']> {
  const [row] = (await session.query(sql`
    select login::text as login, coalesce(server, '') as server, backend_pid as "backendPid", application_name as "applicationName",
           xid, lsn, done_at::text as at from ${ledgerOf(session).table} where key = ${order.effectKey}`)) as WriteAnswer['evidence'][];
  if (!row) throw new KernelFailure('OutcomeUnknown', `The ledger row ${order.effectKey} is gone.`, 'soon');
  return row;
}

async function refuseForkedHistory(session: Session, order: WriteOrder): Promise<void> {
  const dead = await ledger.deadAmong(session, order.buildsOn);
  if (dead.length === 0) return;
  throw new KernelFailure(
    'HistoryForked',
    `This step builds on ${dead.join(', ')}, which the ledger says was undone. The run was reset or replayed after a rollback; start a new run.`,
  );
}

/** After a failover that lost commits, the new primary does not know what the old one had recorded; nothing may build on it. */
async function refuseLostHistory(session: Session, { made }: WriteOrder): Promise<void> {
  const lost = made?.length ? await ledger.missingAmong(session, made) : [];
  if (lost.length === 0) return;
  throw new KernelFailure(
    'EffectsLost',
    `The ledger of this server has not what this run did before: ${lost.join(', ')}. A failover lost it. Nothing was done now; the lost changes are planned and offered again.`,
    'never',
    { lost },
  );
}

async function refuseOverCap({ session, operation, input, order, name }: Writing, before: readonly unknown[]): Promise<void> {
  if (!operation.selection) return;
  const cap = operation.selection.limit(input);
  const earlier = await ledger.touchedSoFar(session, order.step, name, order.effectKey);
  if (earlier + before.length <= cap) return;
  throw new KernelFailure(
    'LimitExceeded',
    `The rule "${operation.selection.rule(input)}" matches ${before.length} now${earlier ? ` and ${earlier} were touched before` : ''}; this run may touch ${cap} in all. Nothing was done in this step. Wait and retry, or start a run with a higher cap.`,
  );
}

function refuseDrift({ operation, input, order, name }: Writing, before: readonly unknown[]): void {
  if (!order.planned) return;
  driftFrom(order.planned, boundOf(operation, input, before, statementsOf(operation.statement(input, before)).map(rendered)), name, before);
}

/** Throws PlanDrifted where what was found, or what would be done about it, is not what the plan bound. */
export function driftFrom(
  planned: NonNullable<WriteOrder['planned']>,
  now: { readonly bound: string; readonly statement: string },
  name: string,
  before: readonly unknown[],
): void {
  if (now.bound === planned.bound && now.statement === planned.statement) return;
  const what =
    now.bound !== planned.bound ? 'what it would change is no longer what the plan shows' : 'its statements are no longer those of the plan';
  throw new KernelFailure('PlanDrifted', `${name}: ${what}. Nothing was done; the plan is made anew.`, 'never', { found: sampled(before) });
}

/** A WARNING that says that nothing was done is a failure, whatever the command tag says. */
export function refuseHollowSuccess({ session, name }: Writing): void {
  const hollow = judged(session.notices);
  if (hollow.length)
    throw new KernelFailure('OperationRejected', `${name}: the server answered with success but did nothing: ${hollow.map(shownNotice).join('; ')}.`);
}

export async function observe({ session, operation, input }: Writing): Promise<{ observed?: NonNullable<WriteAnswer['observed']> }> {
  if (!operation.observe) return {};
  return { observed: sampled(operation.observe.rows.take(await session.query(operation.observe.statement(input)))) };
}

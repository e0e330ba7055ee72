import type { WriteAnswer, WriteOrder } from '../../workflows/contracts/orders';
import { hashOf } from '../../workflows/contracts/sha256';
import { applicationName, settingsOf, type Attempt } from './attempt';
import { checkFence, checkIdentity } from './guard';
import { KernelFailure } from './kernel-failure';
import * as ledger from './ledger';
import { boundOf } from './look';
import { judged, shownNotice } from './notices';
import { statementsOf, type WriteOperation } from './operation';
import { sampled } from './rows';
import { inTransaction, type Place, type Session, type Sessions } from './session';
import { meaningOf } from './sqlstates';
import { rendered, sql } from './sql';
import { mustHold } from './verdict';
import { actOutsideTransaction } from './write-outside-transaction';

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

/** Makes an effect happen exactly once: claims it in the target's ledger, or finds that an earlier attempt has done it. */
export async function write(sessions: Sessions, name: string, operation: WriteOperation, order: WriteOrder, attempt: Attempt): Promise<WriteAnswer> {
  const input = operation.input.parse(order.input);
  const settings = settingsOf(operation, applicationName(order.step, attempt.number));
  const wanted = {
    target: input.target as string,
    login: operation.login,
    node: operation.node ?? 'primary',
    settings,
    signal: attempt.signal,
  } as const;
  const act = operation.repeat === 'transactional' ? actInTransaction : actOutsideTransaction;
  const once = (): Promise<WriteAnswer> =>
    sessions.use(wanted, async (session, place) => {
      await attempt.at('connected');
      return act({ name, operation, input, order, attempt, session, place });
    });
  try {
    return await once();
  } catch (error) {
    // The reply is lost. The same call again reads the ledger first: it finds the effect, or makes it.
    if (meaningOf(error) !== 'unknown' || attempt.signal.aborted) throw error;
    return once();
  }
}

async function actInTransaction(w: Writing): Promise<WriteAnswer> {
  const { session, order } = w;
  const answer = await inTransaction(session, 'READ WRITE', async () => {
    const taken = await claimOrFind(w);
    if ('found' in taken) return taken.found;
    const { before } = taken;
    const statements = statementsOf(w.operation.statement(w.input, before));
    await w.attempt.at('before effect');
    if (w.operation.trial) await session.run(sql`savepoint trial`);
    let rows: number | null = null;
    for (const statement of statements) rows = added(rows, await session.run(statement));
    await w.attempt.at('effect sent');
    refuseHollowSuccess(w);
    const verified = await mustHold(session, w.name, w.operation.verify(w.input, before));
    const observed = await observe(w);
    if (w.operation.trial) await session.run(sql`rollback to savepoint trial`);
    const result = {
      rows,
      verified,
      statements: statements.map(rendered).slice(0, 20),
      notices: session.notices.map(shownNotice).slice(0, 20),
      ...observed,
    };
    const evidence = await ledger.mark(session, order.effectKey, 'done', result);
    await w.attempt.at('before commit');
    return { before: sampled(before), how: 'done' as const, ...result, evidence };
  });
  await w.attempt.at('committed');
  return answer;
}

/** The sum of reported rows; null while no statement has reported any. */
export const added = (sum: number | null, reported: number | null): number | null => (reported === null ? sum : (sum ?? 0) + reported);

/** Guard, fence and claim, in this order, then `before`: read once and stored, or taken from an earlier attempt. */
export async function claimOrFind(w: Writing): Promise<{ before: readonly unknown[]; repeated: boolean } | { found: WriteAnswer }> {
  const { session, order, operation, input } = w;
  await checkIdentity(session, w.place, operation.node ?? 'primary');
  await checkFence(session, order.token);
  await refuseForkedHistory(session, order);
  const inputSha256 = hashOf(input);
  const wayBack = 'by' in operation.undo ? operation.undo.by : null;
  const claimed = await ledger.claim(session, {
    key: order.effectKey,
    step: order.step,
    operation: w.name,
    input,
    inputSha256,
    plan: order.planned?.plan ?? null,
    token: order.token,
    wayBack: operation.effect === 'irreversible' || operation.trial ? null : wayBack,
    address: w.place.address,
  });
  await w.attempt.at('claimed');
  if (!claimed) return earlierAttempt(w, inputSha256);
  const before = operation.before.rows.take(await session.query(operation.before.statement(input)));
  await refuseOverCap(w, before);
  refuseDrift(w, before);
  await ledger.storeBefore(session, order.effectKey, before);
  return { before, repeated: false };
}

async function earlierAttempt(w: Writing, inputSha256: string): Promise<{ before: readonly unknown[]; repeated: boolean } | { found: WriteAnswer }> {
  const row = await ledger.lockRow(w.session, w.order.effectKey);
  if (!row)
    throw new KernelFailure('OutcomeUnknown', `The ledger row ${w.order.effectKey} was there and is gone; somebody is changing the ledger.`, 'soon');
  if (row.state === 'never' || row.state === 'undone' || row.state === 'undoing') {
    throw new KernelFailure('Undone', `This effect was rolled back (ledger state "${row.state}"), so this late attempt stays out.`);
  }
  if (row.operation !== w.name || row.input_sha256 !== inputSha256) {
    throw new KernelFailure(
      'LedgerMismatch',
      `The ledger holds ${w.order.effectKey} as ${row.operation ?? 'nothing'} with another input. It is not the same effect; nothing was done.`,
    );
  }
  const before = (row.before ?? []) as unknown[];
  if (row.state === 'claimed') return { before, repeated: true };
  const result = row.result as Pick<WriteAnswer, 'rows' | 'verified' | 'statements' | 'notices' | 'observed'>;
  const { evidence } = await evidenceOf(w);
  return { found: { before: sampled(before), how: 'found', ...result, evidence } };
}

async function evidenceOf({ session, order }: Writing): Promise<{ evidence: WriteAnswer['evidence'] }> {
  const [row] = (await session.query(sql`
    select login::text as login, coalesce(server, '') as server, backend_pid as "backendPid", application_name as "applicationName",
           xid, lsn, done_at::text as at from runbooks.ledger where key = ${order.effectKey}`)) as WriteAnswer['evidence'][];
  if (!row) throw new KernelFailure('OutcomeUnknown', `The ledger row ${order.effectKey} is gone.`, 'soon');
  return { evidence: row };
}

async function refuseForkedHistory(session: Session, order: WriteOrder): Promise<void> {
  const dead = await ledger.deadAmong(session, order.buildsOn);
  if (dead.length === 0) return;
  throw new KernelFailure(
    'HistoryForked',
    `This step builds on ${dead.join(', ')}, which the ledger says was undone. The run was reset or replayed after a rollback; start a new run.`,
  );
}

async function refuseOverCap({ session, operation, input, order, name }: Writing, before: readonly unknown[]): Promise<void> {
  if (!operation.selection) return;
  const cap = operation.selection.cap(input);
  const earlier = await ledger.touchedSoFar(session, order.step, name, order.effectKey);
  if (earlier + before.length <= cap) return;
  throw new KernelFailure(
    'OverCap',
    `The rule "${operation.selection.rule(input)}" matches ${before.length} now${earlier ? ` and ${earlier} were touched before` : ''}; this run may touch ${cap} in all. Nothing was done in this step. Wait and retry, or start a run with a higher cap.`,
  );
}

function refuseDrift({ operation, input, order, name }: Writing, before: readonly unknown[]): void {
  if (!order.planned) return;
  const now = boundOf(operation, input, before, statementsOf(operation.statement(input, before)).map(rendered));
  if (now.bound === order.planned.bound && now.statement === order.planned.statement) return;
  const what =
    now.bound !== order.planned.bound ? 'what it would change is no longer what the plan shows' : 'its statements are no longer those of the plan';
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

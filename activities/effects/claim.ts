import type { WriteAnswer, WriteOrder } from '../../workflows/contracts/orders';
import { hashOf } from '../../workflows/pure/hash';
import { KernelFailure } from '../sql/kernel-failure';
import { sampled } from '../sql/rows';
import type { Last, Session } from '../sql/session';
import { sql } from '../sql/sql';
import type { Attempt } from './attempt';
import { refuseDrift, refuseOverLimit } from './bound';
import type { Opened } from './carrier';
import type { Input, Rows } from './change';
import { enter } from './enter';
import * as ledger from './ledger';
import { refuseAfterCrash } from './server-watch';

/** A change that one attempt makes. */
export interface Writing extends Opened {
  readonly order: WriteOrder;
  readonly attempt: Attempt;
  readonly input: Input;
}

/** A claim that is ours: what was found, and whether an earlier attempt claimed it and may have acted. */
export interface Claimed {
  readonly before: Rows;
  readonly repeated: boolean;
}

/** Guard, fence and claim, then `before`: looked at once and stored, or taken from an earlier attempt. */
export async function claimOrFind(w: Writing, session: Session, last: Last): Promise<Claimed | { readonly found: WriteAnswer }> {
  const { carrier, change, order, input, attempt } = w;
  const { operation, name } = change;
  const inputSha256 = hashOf(input);
  const keepsUndo = operation.effect === 'write' && !operation.trial && 'by' in operation.undo;
  const entry = await enter(
    session,
    carrier,
    {
      key: order.effectKey,
      state: 'claimed',
      step: order.step,
      operation: name,
      input,
      inputSha256,
      plan: order.planned?.plan ?? null,
      token: order.token,
      undo: keepsUndo && 'by' in operation.undo ? operation.undo.by : null,
      address: carrier.address,
      serverStart: carrier.guard?.place.server,
    },
    order,
  );
  // A claim that is new proves that no earlier attempt acted: what is claimed alone never was.
  if (entry.claimed) attempt.progress.mayHaveActed = false;
  await attempt.at('claimed');
  if (!entry.claimed) return earlierAttempt(w, session, inputSha256);
  const before = await change.look(input);
  refuseOverLimit(change, input, before, entry.touched);
  refuseDrift(change, input, before, order);
  if (operation.pointOfNoReturn && carrier.atomic)
    await session.run(ledger.closingUndos(session, order.step, { by: order.effectKey, where: sql`true` }));
  // In one transaction with the change it is stored with the mark.
  if (!carrier.atomic) await ledger.storeBefore(session, last, order.effectKey, before);
  return { before, repeated: false };
}

async function earlierAttempt(
  { carrier, change, order, attempt }: Writing,
  session: Session,
  inputSha256: string,
): Promise<Claimed | { readonly found: WriteAnswer }> {
  const row = await ledger.lockRow(session, order.effectKey);
  if (row.state === 'never' || row.state === 'undone' || row.state === 'undoing') {
    throw new KernelFailure('Undone', `This effect was rolled back (ledger state "${row.state}"), so this late attempt stays out.`);
  }
  if (row.operation !== change.name || row.input_sha256 !== inputSha256) {
    throw new KernelFailure(
      'LedgerMismatch',
      `The ledger holds ${order.effectKey} as ${row.operation ?? 'nothing'} with another input. It is not the same effect; nothing was done.`,
    );
  }
  if (!Array.isArray(row.before))
    throw new KernelFailure(
      'OutcomeUnknown',
      `The ledger row ${order.effectKey} has lost what the change had found; somebody is changing the ledger.`,
    );
  if (row.state === 'claimed') {
    // The first attempt that a person asked for acts again, whatever became of the server; the others do not.
    if (carrier.guard && attempt.number > 1) refuseAfterCrash(row.server_start ?? undefined, carrier.guard.place.server, true);
    attempt.progress.mayHaveActed = row.sent;
    attempt.progress.ignoresCancel = row.sent && change.operation.pointOfNoReturn === true;
    return { before: row.before, repeated: true };
  }
  const result = row.result as Pick<WriteAnswer, 'rows' | 'verified' | 'statements' | 'notices' | 'observed'>;
  const evidence = await ledger.evidenceOf(session, order.effectKey);
  return { found: { before: sampled(row.before), how: 'found', ...result, evidence } };
}

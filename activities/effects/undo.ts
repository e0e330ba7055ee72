import type { UndoAnswer, UndoOrder } from '../../workflows/contracts/orders';
import { KernelFailure } from '../sql/kernel-failure';
import type { Last, Session } from '../sql/session';
import type { Attempt } from './attempt';
import type { Carrier } from './carrier';
import { undoInput, type Input, type Pair, type Rows } from './change';
import { enter } from './enter';
import * as ledger from './ledger';
import { sendingOf } from './sending';
import { mustHold } from './verdict';

/** An effect that one attempt undoes. */
export interface Undoing extends Pair {
  readonly carrier: Carrier;
  readonly order: UndoOrder;
  readonly attempt: Attempt;
}

/** An effect that was made, or may have been. */
interface Made {
  readonly input: Input;
  readonly before: Rows;
  /** Whether the write was never marked done, or an earlier undo was cut: the world may be anywhere in between. */
  readonly cut: boolean;
}

/**
 * An undo, in the order that all carriers share: tombstone or row, is it back already, is it still as we left it, restore, verify, mark.
 * An effect that never happened gets a tombstone and never will. Entered by `perform` only.
 */
export async function undo(u: Undoing): Promise<UndoAnswer> {
  const answer = await u.carrier.whole(() => undoEffect(u));
  await u.attempt.at('committed');
  return answer;
}

async function undoEffect(u: Undoing): Promise<UndoAnswer> {
  const { carrier, undoing, order, attempt } = u;
  const made = await carrier.visit((session, last) => rowOrTombstone(u, session, last));
  await attempt.at('claimed');
  if ('how' in made) return made;
  await carrier.endEarlier(order.step);
  const statements = await restore(u, made);
  const verified = mustHold(undoing.name, await undoing.judge(undoInput(u, made.input, made.before), made.before));
  await attempt.at('verified');
  await attempt.at('before commit');
  const evidence = await carrier.visit((session, last) => ledger.mark(session, last, order.effectKey, { state: 'undone' }));
  return { how: 'undone', statements, verified, evidence };
}

async function rowOrTombstone({ carrier, change, order }: Undoing, session: Session, last: Last): Promise<Made | UndoAnswer> {
  const { effectKey, step, token } = order;
  const tombstone = { key: effectKey, state: 'never' as const, step, operation: change.name, token, address: carrier.address };
  const entry = await enter(session, carrier, tombstone, { buildsOn: [] });
  if (entry.claimed) return { how: 'never', statements: [], verified: 'it had never happened, and a late attempt will stay out', evidence: null };
  const row = await ledger.lockRow(session, effectKey);
  if (row.state === 'never' || row.state === 'undone')
    return { how: 'already', statements: [], verified: `the ledger says "${row.state}"`, evidence: null };
  // A claim whose `before` was never stored has not acted, nor one that was never sent.
  if (row.before === null || (row.state === 'claimed' && !row.sent && !carrier.atomic)) {
    const evidence = await ledger.mark(session, last, effectKey, { state: 'undone' });
    return { how: 'never', statements: [], verified: 'it had only been claimed', evidence };
  }
  // From here on a late attempt of the write stays out. What is marked done has none.
  if (row.state === 'claimed')
    await ledger.mark(session, carrier.atomic ? (statement) => session.query(statement) : last, effectKey, { state: 'undoing' });
  return { input: change.operation.input.parse(row.input), before: row.before as Rows, cut: row.state !== 'done' };
}

/** Restores only what still is as we left it; what is back already needs nothing; what others changed is theirs. */
async function restore(u: Undoing, made: Made): Promise<readonly string[]> {
  const { change, undoing, order, attempt, carrier } = u;
  const input = undoInput(u, made.input, made.before);
  const back = await undoing.judge(input, made.before);
  if (back.holds && !(made.cut && carrier.manyActs)) return [];
  const left = (await change.judgeLeft?.(made.input, made.before)) ?? (await change.judge(made.input, made.before));
  const ours = left.holds ? made.before : made.cut ? await whatIsOurs(u, made) : null;
  if (ours === null) {
    throw new KernelFailure(
      'ChangedByOthers',
      `${undoing.name} would overwrite a change that is not ours: we left ${left.expected}, there is now ${left.seen}, and before us it was ${back.expected}. Nothing was changed. Set it as it should be, then retry; or abandon.`,
    );
  }
  const asked = undoInput(u, made.input, ours);
  let sent = false;
  const hooks = sendingOf({ carrier, change: undoing, order, attempt });
  await undoing.act({
    input: asked,
    before: ours,
    repeated: true,
    token: order.token,
    signal: attempt.signal,
    sent: hooks.sent,
    refused: hooks.refused,
    sending: async () => {
      await hooks.sending();
      sent = true;
    },
  });
  return sent ? undoing.lines(asked, ours).slice(0, 20) : [];
}

/**
 * What is still to be restored where only some of the objects were reached: by a change that was cut or passed some over, or by an earlier
 * attempt at its undo. Null where one is neither as it was nor as we left it: that one is somebody else's.
 */
async function whatIsOurs(u: Undoing, { input, before }: Made): Promise<Rows | null> {
  const { change, undoing } = u;
  if (change.judgeCut) return (await change.judgeCut(input, before)).holds ? before : null;
  const ours: unknown[] = [];
  for (const one of before) {
    if ((await undoing.judge(undoInput(u, input, [one]), [one])).holds) continue;
    if (!(await change.judge(input, [one])).holds) return null;
    ours.push(one);
  }
  // All of them look restored: then whoever acts in several steps looks for himself what is left to do.
  return ours.length ? ours : before;
}

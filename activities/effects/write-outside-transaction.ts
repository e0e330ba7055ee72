import type { WriteAnswer } from '../../workflows/contracts/orders';
import { awaitEarlierAttempts } from './earlier-attempts';
import { checkFence } from './guard';
import { KernelFailure } from '../sql/kernel-failure';
import * as ledger from './ledger';
import { shownNotice } from '../sql/notices';
import { statementsOf } from './operation';
import { sampled } from '../sql/rows';
import { inTransaction } from '../sql/session';
import { runEach } from './run-each';
import { rendered } from '../sql/sql';
import { mustHold } from './verdict';
import { claimOrFind, claimingOf, observe, refuseHollowSuccess, type Writing } from './claim';

/**
 * For what cannot share a transaction with its claim (`idempotent`, `one-shot`): the claim with `before` is committed first,
 * then the statements run one by one, then the world is looked at, then the effect is marked done.
 */
export async function actOutsideTransaction(w: Writing): Promise<WriteAnswer> {
  const { session, order, operation, attempt } = w;
  const taken = await inTransaction(session, 'READ WRITE', () => claimOrFind(claimingOf(w)));
  if ('found' in taken) return taken.found;
  const { before } = taken;
  if (taken.repeated) await awaitEarlierAttempts(session, order.step, attempt.signal);
  const statements = statementsOf(operation.statement(w.input, before));
  const { rows, asides } = await runEach(session, operation, statements, attempt, () => stillOurs(w));
  refuseHollowSuccess(w);
  const verified = await mustHold(session, w.name, operation.verify(w.input, before));
  await attempt.at('verified');
  const notices = [...session.notices.map(shownNotice), ...asides].slice(0, 20);
  const result = { rows, verified, statements: statements.map(rendered).slice(0, 20), notices, ...(await observe(w)) };
  const evidence = await inTransaction(session, 'READ WRITE', () => ledger.mark(session, order.effectKey, 'done', result));
  await attempt.at('committed');
  return { before: sampled(before), how: 'done', ...result, evidence };
}

/** Before each statement: a stalled worker that wakes late must not go on under a lock that has passed to another run. */
async function stillOurs({ session, order }: Writing): Promise<void> {
  await inTransaction(session, 'READ WRITE', async () => {
    await checkFence(session, order.token);
    const row = await ledger.readRow(session, order.effectKey);
    if (row?.state !== 'claimed')
      throw new KernelFailure('Undone', `The ledger says "${row?.state ?? 'nothing'}" of this effect; this attempt stops here.`);
  });
}

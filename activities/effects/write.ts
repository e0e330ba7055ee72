import type { WriteAnswer } from '../../workflows/contracts/orders';
import { sampled } from '../sql/rows';
import { isConnectionLost } from '../sql/sqlstates';
import { claimOrFind, type Writing } from './claim';
import * as ledger from './ledger';
import { sendingOf } from './sending';
import { mustHold } from './verdict';

/**
 * A write, in the order that all carriers share: guard, claim or find, `before` stored once, drift and limit, act, verify, mark.
 * Entered by `perform` only.
 */
export async function write(w: Writing): Promise<WriteAnswer> {
  const answer = await w.carrier
    .whole(() => makeEffect(w))
    .catch((error: unknown) => {
      // Where the reply to its COMMIT is not what is missing, a transaction is rolled back as a whole.
      if (w.carrier.atomic && !isConnectionLost(error)) w.attempt.progress.mayHaveActed = false;
      throw error;
    });
  await w.attempt.at('committed');
  return answer;
}

async function makeEffect(w: Writing): Promise<WriteAnswer> {
  const { carrier, change, order, input, attempt } = w;
  const taken = await carrier.visit((session, last) => claimOrFind(w, session, last));
  if ('found' in taken) return taken.found;
  const { before, repeated } = taken;
  if (repeated) await carrier.awaitEarlier(order.step, attempt.signal);
  const acted = await change.act({ input, before, repeated, token: order.token, signal: attempt.signal, ...sendingOf(w) });
  const verified = mustHold(change.name, await change.judge(input, before));
  await attempt.at('verified');
  const observed = await change.observe?.(input);
  await change.revert?.();
  const result = {
    rows: acted.rows,
    verified,
    statements: change.lines(input, before).slice(0, 20),
    notices: acted.notices.slice(0, 20),
    ...(observed ? { observed } : {}),
  };
  await attempt.at('before commit');
  attempt.progress.mayHaveActed = true;
  const evidence = await carrier.visit((session, last) => ledger.mark(session, last, order.effectKey, { state: 'done', before, result }));
  return { before: sampled(before), how: 'done', ...result, evidence };
}

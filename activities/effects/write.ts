import type { WriteAnswer, WriteOrder } from '../../workflows/contracts/orders';
import { applicationName, settingsOf, type Attempt } from './attempt';
import { claimOrFind, claimingOf, observe, refuseHollowSuccess, type Writing } from './claim';
import * as ledger from './ledger';
import { shownNotice } from '../sql/notices';
import { statementsOf, type WriteOperation } from './operation';
import { sampled } from '../sql/rows';
import { added } from './run-each';
import { inTransaction, type Sessions } from '../sql/session';
import { meaningOf } from '../sql/sqlstates';
import { rendered, sql } from '../sql/sql';
import { mustHold } from './verdict';
import { actOutsideTransaction } from './write-outside-transaction';

/** Makes an effect happen exactly once: claims it in the target's ledger, or finds that an earlier attempt has done it. */
export async function write(sessions: Sessions, name: string, operation: WriteOperation, order: WriteOrder, attempt: Attempt): Promise<WriteAnswer> {
  const input = operation.input.parse(order.input);
  const settings = settingsOf(operation, applicationName(order.step, attempt.number), input);
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
    const taken = await claimOrFind(claimingOf(w));
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

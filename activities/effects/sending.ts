import { z } from 'zod';
import type { UndoOrder, WriteOrder } from '../../workflows/contracts/orders';
import { KernelFailure } from '../sql/kernel-failure';
import { one } from '../sql/rows';
import { ledgerOf, type Last, type Session } from '../sql/session';
import { sql, type Sql } from '../sql/sql';
import { toAscii } from './ascii';
import type { Attempt } from './attempt';
import type { Opened } from './carrier';
import type { Acting } from './change';
import { deadAmong, refuseForked } from './enter';
import { judgeFence } from './guard';
import { closingUndos, keysFrom } from './ledger';

interface Ordered extends Opened {
  readonly order: WriteOrder | UndoOrder;
  readonly attempt: Attempt;
}

/**
 * What is done just before and just after each act. Where the claim is committed already, a stalled worker that wakes late must not go
 * on under a lock that has passed to another run, nor for an effect that was undone meanwhile; the ledger is told before the first act
 * that something may have been sent, and with it a point of no return closes the earlier undos.
 */
export function sendingOf(ordered: Ordered): Pick<Acting, 'sending' | 'sent' | 'refused'> {
  const { carrier, change, attempt } = ordered;
  const { progress } = attempt;
  const earlier = progress.mayHaveActed;
  let sends = 0;
  return {
    sending: async () => {
      if (!progress.ignoresCancel) attempt.signal.throwIfAborted();
      if (!carrier.atomic) await carrier.visit((session, last) => refuseUnlessOurs(session, last, ordered, sends === 0));
      sends++;
      await attempt.at('before effect');
      if (carrier.atomic) return;
      progress.mayHaveActed = true;
      progress.ignoresCancel ||= change.operation.pointOfNoReturn === true && ordered.order.kind === 'write';
    },
    sent: async () => attempt.at('effect sent'),
    refused: async () => {
      if (carrier.atomic || earlier || sends !== 1) return;
      await carrier.visit((session, last) => withdrawSending(session, last, ordered));
      progress.mayHaveActed = false;
      progress.ignoresCancel = false;
    },
  };
}

/** The world refused the first act: nothing was sent after all, and the undos that it would have closed are open again. */
async function withdrawSending(session: Session, last: Last, { order }: Ordered): Promise<void> {
  const { table } = ledgerOf(session);
  const key = toAscii(order.effectKey);
  await last(sql`
    with opened as (update ${table} set closed_by = null where closed_by = ${key})
    update ${table} set sent_at = null where key = ${key} and state = 'claimed' returning key`);
}

const Ours = z.object({ token: z.coerce.number().nullable(), state: z.string().nullable(), dead: z.array(z.string()) });

/** One statement: it tells the ledger only where the fence lets us pass and nothing that we build on was undone. */
async function refuseUnlessOurs(session: Session, last: Last, ordered: Ordered, first: boolean): Promise<void> {
  const { order } = ordered;
  const { token, state, dead } = one(Ours).take(await last(asking(session, ordered, first)));
  judgeFence(token, order.token);
  refuseForked(keysFrom(dead));
  if (state === null) throw new KernelFailure('Undone', 'The ledger says that this effect was rolled back meanwhile; this attempt stops here.');
}

function asking(session: Session, { order, change }: Ordered, first: boolean): Sql {
  const { table, fence } = ledgerOf(session);
  const isWrite = order.kind === 'write';
  const ours = sql`
    key = ${toAscii(order.effectKey)} and ${isWrite ? sql`state = 'claimed'` : sql`state in ('done', 'undoing')`}
    and (select token from fence) <= ${order.token} and not exists (select from dead)`;
  const told = sql`update ${table} set state = ${isWrite ? 'claimed' : 'undoing'}, sent_at = coalesce(sent_at, clock_timestamp()) where ${ours} returning state`;
  const closes = first && isWrite && change.operation.pointOfNoReturn === true;
  return sql`
    with fence as materialized (select token from ${table} where key = ${fence} for share),
         dead as materialized (${deadAmong(session, isWrite ? order.buildsOn : [])}),
         ours as (${first ? told : sql`select state from ${table} where ${ours}`}),
         closed as (${closes ? closingUndos(session, order.step, { by: order.effectKey, where: sql`exists (select from ours)` }) : sql`select`})
    select (select token::text from fence) as token, (select state from ours) as state, array(select key from dead) as dead`;
}

import { inTransaction, type Session } from '../sql/session';
import type { Carrier } from './carrier';

/** Opens a session on the ledger that keeps the records of a world that cannot keep them itself. */
export type LedgerSession = <T>(body: (session: Session) => Promise<T>) => Promise<T>;

/**
 * For what no statement makes: servers, files, endpoints. The records are kept elsewhere, so each look checks by itself whom it meets, a
 * change looks before each act, and a repeat decides by what it sees.
 */
export const observed = (ledger: LedgerSession, address: string): Carrier => ({
  address,
  atomic: false,
  manyActs: true,
  guard: null,
  whole: (body) => body(),
  visit: (body) => ledger((session) => inTransaction(session, 'READ WRITE', (last) => body(session, last))),
  awaitEarlier: () => Promise.resolve(),
  endEarlier: () => Promise.resolve(),
});

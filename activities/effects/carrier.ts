import type { StepRef, UndoOrder, WriteOrder } from '../../workflows/contracts/orders';
import type { Last, Session } from '../sql/session';
import type { Attempt } from './attempt';
import type { Change } from './change';
import type { Guard } from './guard';

/** What holds the records of effects, and how it stands to the world that they change. The protocol is the same for all carriers. */
export interface Carrier {
  /** Where the change happens. */
  readonly address: string;
  /** Whether claim, change, verdict and mark are one transaction; otherwise the claim is committed before anything acts. */
  readonly atomic: boolean;
  /** Whether one change is several acts of different kinds, so that a cut one can look undone to its verdict and is not. */
  readonly manyActs: boolean;
  /** By what the server of the ledger is known; null where the ledger is elsewhere, and each session on the world is checked by itself. */
  readonly guard: Guard | null;
  /** The whole of one attempt. */
  whole<T>(body: () => Promise<T>): Promise<T>;
  /** One visit to the ledger: a transaction, or a part of the one around it. */
  visit<T>(body: (ledger: Session, last: Last) => Promise<T>): Promise<T>;
  /** Waits for what an earlier attempt left running. */
  awaitEarlier(step: StepRef, signal: AbortSignal): Promise<void>;
  /** Ends it, so that it cannot act late. */
  endEarlier(step: StepRef): Promise<void>;
}

/** A change as one attempt meets it: with the way to its ledger. */
export interface Opened {
  readonly carrier: Carrier;
  readonly change: Change;
}

/** An operation that can be ordered: opens the world and the ledger for one attempt. */
export interface Orderable {
  toWrite<T>(order: WriteOrder, attempt: Attempt, body: (opened: Opened) => Promise<T>): Promise<T>;
  toUndo<T>(order: UndoOrder, attempt: Attempt, body: (opened: Opened & { readonly undoing: Change }) => Promise<T>): Promise<T>;
}

import type { Scope } from './operation-shape';

/** Who asks for a target lock; the lock's key is the measured cluster, never a registry name. */
export interface LockRequest {
  readonly systemIdentifier: string;
  readonly database: string;
  readonly scope: Scope;
  readonly workflowId: string;
  readonly runId: string;
  /** The same after Reset; a new run under an old workflow id has another. */
  readonly firstRunId: string;
  readonly runbook: string;
  readonly target: string;
  readonly requestedBy: string | null;
  /** The ledger's token: the lock never gives a smaller one. */
  readonly floor: number;
  /** When the plan was made: the answer says whether somebody else changed the target since. */
  readonly plannedAt: string;
  /** Set by a recovery: the ended run whose place it takes. */
  readonly successorOf?: string;
}

export interface LockHolder extends LockRequest {
  readonly token: number;
  readonly changedSincePlan: boolean;
  readonly since: string;
  /** Set when the holder ended without a rollback: nobody may pass before `runbook recover`. */
  readonly needsCleanUp?: string;
}

export interface LockGrant {
  readonly token: number;
  readonly changedSincePlan: boolean;
}

/** What the lock is told at the end of a run; with open undos it stands at "needs clean-up". */
export interface LockRelease {
  readonly systemIdentifier: string;
  readonly workflowId: string;
  readonly open: readonly string[];
}

/** The answer to a request: the lock, or whom it waits for. */
export type LockAnswer = { readonly granted: LockGrant } | { readonly waiting: LockWaiting };

export interface LockWaiting {
  readonly position: number;
  /** A sentence for people: who holds the lock, since when, and what is wrong with it if anything is. */
  readonly because: string;
}

export interface LockState {
  readonly systemIdentifier: string;
  readonly holders: readonly LockHolder[];
  readonly waiters: readonly LockRequest[];
  readonly lastToken: number;
  /** When a holder last let go, by database; '*' for a cluster-wide one. */
  readonly releasedAt: Readonly<Record<string, string>>;
}

/** What the lock does with a dead holder: let go, or keep for clean-up. */
export type HolderVerdict = { readonly alive: true } | { readonly alive: false; readonly open: readonly string[]; readonly because: string };

/** The workflow type of the lock. */
export const TARGET_LOCK = 'targetLock';

export const lockWorkflowId = (systemIdentifier: string): string => `target-lock/${systemIdentifier}`;

import type { TargetBriefing } from './identity';
import type { Assurance, OpenEffect, RunReport } from './journal';
import type { HolderVerdict, LockAnswer, LockRelease, LockRequest, LockHolder } from './lock';

/** A message whose sender is looked up in the run's history: an Update by its id, a Signal by its name and number. */
export type MessageRef = { readonly update: string } | { readonly signal: string; readonly ordinal: number };

/** An ended run with the undos that it left open, oldest first. */
export interface OpenRun {
  readonly target: string;
  readonly status: string;
  readonly effects: readonly OpenEffect[];
}

export interface Attribution {
  readonly identity: string | null;
  readonly principal: string | null;
  readonly assurance: Assurance;
}

/** What could not be done at the end of a run, and why; null where it was done. */
export interface EndProblems {
  readonly release: string | null;
  readonly report: string | null;
}

/** The activities that serve every run, whatever it does. */
export interface RunServices {
  /** Who answers under the target's name, and what stands in the way of changing it. */
  brief(input: { readonly target: string }): Promise<TargetBriefing>;
  /** Asks the target lock; answers at once with the grant or whom to wait for. */
  acquireLock(request: LockRequest): Promise<LockAnswer>;
  /** Lets go of the lock. */
  releaseLock(release: LockRelease): Promise<void>;
  /** Stores the record in the control database. */
  storeReport(report: RunReport): Promise<void>;
  /** The end of a run: both of them at once. Neither failure stops it; they are told. */
  endRun(end: { readonly release: LockRelease | null; readonly report: RunReport }): Promise<EndProblems>;
  /** What Temporal recorded about the senders of messages. */
  attributeDecisions(input: { readonly messages: readonly MessageRef[] }): Promise<Attribution[]>;
  /** What an ended run left open, from the ledger of its target; refuses a run that still runs. */
  findOpenEffects(input: { readonly run: string; readonly target?: string | undefined }): Promise<OpenRun>;
  /** Finds runs that ended without a word (terminated, timed out), stores their reports and tells their locks. */
  reconcile(input: { readonly since: string }): Promise<{ readonly reconciled: readonly string[] }>;
  /** Asks people for the approvals and operators that runs wait for, once each. */
  announceGates(): Promise<{ readonly asked: readonly string[] }>;
  /** Whether a lock's holder still runs, and what it left open where it does not. */
  judgeHolder(holder: LockHolder): Promise<HolderVerdict>;
}

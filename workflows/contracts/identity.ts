/** What a target's server says of itself, measured at the start of a run and again before each write. */
export interface TargetIdentity {
  readonly target: string;
  readonly environment: string;
  readonly systemIdentifier: string;
  readonly database: string;
  readonly databaseOid: string;
  readonly node: string;
  readonly address: string;
  readonly dataDirectory: string | null;
  readonly role: 'primary' | 'standby';
  readonly timeline: number;
  readonly version: string;
  readonly versionNumber: number;
}

/** What a run learns of its target before its first step. */
export interface TargetBriefing {
  readonly identity: TargetIdentity;
  /** Why no changing run may start here; empty when one may. */
  readonly notReady: readonly string[];
  /** The greatest lock token that the target's ledger has seen; 0 without a ledger. */
  readonly ledgerToken: number;
  /** Whether approvals by a claimed name count at a point of no return. */
  readonly claimedApprovalsCount: boolean;
  /** Whether the Temporal server attests who sends messages to this run; null where that is not known. */
  readonly serverAttests?: boolean | null;
  /** The task queue whose workers hold the target's credentials; null = the run's own. */
  readonly taskQueue: string | null;
  /** Why no changing run may start at this moment: a freeze, or outside the target's windows; null (or not there, in old histories) where one may. */
  readonly closed?: string | null;
  /** Which of our search attributes the server knows. */
  readonly searchAttributes: readonly string[];
}

/** Every failure that can leave a run or stop a step, with what it means. The closed list: nothing else but a cancellation may leave a workflow. */
export const FAILURES = {
  InvalidInput: 'The input is not what the runbook takes; every problem is listed.',
  UnknownRunbook: 'No runbook has this name.',
  UnknownTarget: 'targets.yaml has no target of this name.',
  TargetNotReady: 'The target is not set up for changing runs: no expected identity, no ledger, or a login is missing.',
  IdentityMismatch: 'The server that answered is not the one that targets.yaml describes.',
  WrongRole: 'The server is a standby where a primary is needed, or the other way round.',
  UnsupportedVersion: 'The server is older than PostgreSQL 14.',
  TargetUnreachable: 'Could not connect to the target.',
  CapabilityAbsent: 'The target lacks an object or a right that the operation needs.',
  ChangesFrozen: 'Changes of this target are frozen now, or it is outside their windows.',
  PreconditionUnmet: 'A condition of the runbook does not hold; the message says what to do.',
  PlanDrifted: 'The world or the statements are no longer those of the approved plan.',
  LimitExceeded: 'More objects are affected than the run may touch.',
  ApprovalRefused: 'A person rejected the gate.',
  ApprovalExpired: 'Nobody decided in time; that never means yes.',
  WaitExhausted: 'A condition was not reached before its deadline.',
  VerificationFailed: 'The world after the change is not as it should be.',
  OperationRejected: 'The server refused the statement.',
  ServerCrashed: 'The server crashed or failed over under an attempt of the step, which is not repeated by itself.',
  OutcomeUnknown: 'The reply was lost and the outcome could not be learnt yet.',
  EndpointBusy: 'The endpoint could not be drained in time; it was opened again.',
  NodeStillRuns: 'A server did not stop in time.',
  TwoPrimaries: 'More than one node of the target accepts writes.',
  ManagedElsewhere: 'Another manager (Patroni, repmgr, an operator) owns the cluster; it must do this.',
  EffectsLost: 'Changes of this run were lost with a failover; they are offered again.',
  AnswerTooLarge: 'A read returned more than history may hold.',
  LedgerMismatch: 'The ledger holds this effect with another input.',
  HistoryForked: 'An effect that this one builds on was undone meanwhile.',
  Undone: 'The effect was undone before it happened; a late attempt stays out.',
  Superseded: 'A newer holder of the target lock has taken over.',
  ChangedByOthers: 'What the undo would restore was changed by somebody else meanwhile.',
  CompensationFailed: 'At least one undo failed; the report says which.',
  RolledBack: 'The run was rolled back; the target is as before.',
  Abandoned: 'An operator ended the run where it stood.',
  LockLost: 'The target lock was taken over by an operator.',
  ChildFailed: 'A child run did not end well.',
  ProgramFailed: 'A program of PostgreSQL on the node did not end well.',
  FlowError: 'The runbook itself has a defect: it threw an error, or used a verb wrongly.',
} as const;
export type FailureType = keyof typeof FAILURES;

/** A failure by its name from the closed list. */
export interface Failure {
  readonly type: FailureType;
  readonly message: string;
}

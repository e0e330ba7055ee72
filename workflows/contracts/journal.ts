import type { TargetIdentity } from './identity';
import type { Found, Scope } from './operation-shape';
import type { Evidence, StepRef, DeclaredUndo } from './orders';
import type { IncidentRecord } from './incident';
import type { FailureType } from './failures';
import type { Risk } from './header';

export type Verb = 'check' | 'require' | 'finishIf' | 'approve' | 'apply' | 'during' | 'irreversible' | 'waitUntil' | 'verify' | 'runbook';

/** One line of a plan. What is `bound` enters the hash; the rest is shown. */
export interface PlannedStep {
  readonly key: string;
  readonly title: string;
  readonly verb: Verb;
  readonly depth: number;
  /** How often at most the step runs (a bounded loop). */
  readonly times: number;
  /** A step of this run that is finished already (after drift); its result stands. */
  readonly finished: boolean;
  readonly operation?: string;
  readonly input?: unknown;
  readonly shown?: unknown;
  readonly write?: PlannedWrite;
  readonly note?: string;
  /** The plan's hash of a child run. */
  readonly child?: string;
  readonly childScope?: Scope;
  readonly childRisk?: Risk;
}

export interface PlannedWrite {
  readonly scope: Scope;
  readonly before: Found<unknown>;
  readonly bound: string;
  readonly binds: string;
  readonly statements: readonly string[];
  readonly statement: string;
  readonly locks: string;
  readonly undo: DeclaredUndo;
  readonly irreversible: boolean;
  readonly pointOfNoReturn: boolean;
  readonly protects?: string;
  readonly atControl?: true;
}

export interface Plan {
  readonly runbook: string;
  readonly title: string;
  readonly risk: Risk;
  readonly input: unknown;
  readonly identity: TargetIdentity;
  readonly steps: readonly PlannedStep[];
  /** Set where the rehearsal found nothing to do. */
  readonly nothingToDo?: string;
  readonly hash: string;
  readonly madeAt: string;
}

export type StepOutcome = 'running' | 'done' | 'waived' | 'skipped' | 'failed' | 'undone' | 'undo failed' | 'not needed';

/** The sign of each outcome of a step, on dashboards and in reports. */
export const MARKS: Readonly<Record<StepOutcome, string>> = {
  running: '▶',
  done: '✓',
  waived: '○',
  skipped: '○',
  failed: '✗',
  undone: '↩',
  'undo failed': '✗',
  'not needed': '○',
};

/** One line of the journal: what a step did, in the order in which it happened. */
export interface StepRecord {
  readonly key: string;
  readonly number: number;
  readonly title: string;
  readonly verb: Verb | 'undo' | 'engine';
  readonly depth: number;
  readonly startedAt: string;
  readonly endedAt?: string;
  readonly outcome: StepOutcome;
  readonly operation?: string;
  readonly saw?: unknown;
  readonly note?: string;
  readonly rows?: number;
  readonly statements?: readonly string[];
  readonly verified?: string;
  readonly notices?: readonly string[];
  readonly evidence?: Evidence;
  readonly failure?: { readonly type: FailureType; readonly message: string };
}

/** How a decision's author is known: a name in the message, or the server's own attribution. */
export type Assurance = 'claimed' | 'principal';

export interface Decision {
  readonly kind: 'approve' | 'reject' | 'pause' | 'resume' | 'retry' | 'skip' | 'rollback' | 'abandon' | 'takeover';
  readonly by: string;
  readonly at: string;
  readonly reason?: string;
  readonly gate?: string;
  /** The number by which an approval names its gate. */
  readonly gateNumber?: number;
  readonly plan?: string;
  readonly choice?: string;
  readonly via: 'update' | 'signal';
  readonly assurance: Assurance;
  /** What Temporal recorded as the sender; null where the client sent none (the UI's Update dialog). */
  readonly identity?: string | null;
  readonly principal?: string | null;
  /** Why the decision does not count, where it does not. */
  readonly refused?: string;
  /** Set while its sender is looked up: until then it counts for nothing. */
  readonly pending?: true;
}

export const PHASES = [
  'starting',
  'rehearsing',
  'planned',
  'awaiting-approval',
  'waiting-for-lock',
  'running',
  'paused',
  'needs-operator',
  'rolling-back',
  'done',
] as const;
export type Phase = (typeof PHASES)[number];

export type Outcome = 'done' | 'nothing to do' | 'planned' | 'rolled back' | 'abandoned' | 'failed' | 'cancelled' | 'terminated';

/** An effect whose undo is still open. */
export interface OpenEffect {
  /** Recorded in the control database, because the server cannot record it. */
  readonly atControl?: true;
  readonly key: string;
  readonly title: string;
  readonly operation: string;
  readonly input: { readonly target: string };
  readonly step: StepRef;
  readonly undo: DeclaredUndo;
}

/** The record of a run: made from its journal at any moment, final when `endedAt` is set. */
export interface RunReport {
  readonly workflowId: string;
  readonly runId: string;
  readonly runbook: string;
  readonly title: string;
  readonly risk: Risk;
  readonly target: string;
  readonly identity: TargetIdentity | null;
  readonly input: unknown;
  readonly requestedBy: string | null;
  readonly reason: string | null;
  /** Set when the gates were waived by the person who asked. */
  readonly breakGlass?: true;
  /** Set when it was started although changes were frozen. */
  readonly overrodeFreeze?: true;
  readonly startedAt: string;
  readonly endedAt: string | null;
  readonly phase: Phase;
  readonly outcome: Outcome | null;
  readonly summary: string;
  readonly plan: Plan | null;
  readonly steps: readonly StepRecord[];
  readonly decisions: readonly Decision[];
  readonly open: readonly OpenEffect[];
  readonly advice: readonly string[];
  /** Of an incident response only. */
  readonly incident?: IncidentRecord;
}

/** What a finished run returns: it reads as a sentence in the Temporal UI's result box. */
export interface RunResult {
  readonly outcome: Outcome;
  readonly summary: string;
  readonly report: string;
  /** With `mode: 'plan'`: the plan itself. */
  readonly plan?: Plan;
  /** For a parent run: the effects that it may have to undo. */
  readonly open?: readonly OpenEffect[];
}

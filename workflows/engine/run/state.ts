import { workflowInfo, type CancellationScope } from '@temporalio/workflow';
import type { TargetBriefing } from '../../contracts/identity';
import type { Decision, OpenEffect, Outcome, Phase, Plan, RunReport } from '../../contracts/journal';
import type { RunbookHeader } from '../../contracts/header';
import type { RunOptions } from '../../contracts/params';
import type { StepRef } from '../../contracts/orders';
import { Journal } from './journal';
import type { Gate } from '../gates/gate';
import type { Failure } from './exit';

/** An effect on the way back: one that was made, or a closed bracket with what happened inside. */
export type Undo =
  | { readonly kind: 'effect'; readonly effect: OpenEffect }
  | { readonly kind: 'bracket'; readonly begin: OpenEffect; readonly inner: readonly Undo[] };

/** What an operator can do with a step that failed for good. */
export type ParkChoice = 'retry' | 'skip' | 'rollback' | 'abandon';

export interface Parked {
  readonly title: string;
  readonly failure: Failure;
  readonly choices: readonly ParkChoice[];
  readonly since: string;
  chosen?: { readonly choice: ParkChoice; readonly decision: Decision };
}

/** Everything that a run knows of itself; one object per run, never module state. */
export class RunState {
  readonly startedAt = workflowInfo().startTime.toISOString();
  readonly workflowId = workflowInfo().workflowId;
  readonly firstRunId = workflowInfo().firstExecutionRunId;
  readonly runId = workflowInfo().runId;
  readonly journal = new Journal();
  readonly decisions: Decision[] = [];
  undos: Undo[] = [];
  /** Results of finished steps by key: they answer when the flow is run again from the top. */
  readonly memo = new Map<string, unknown>();
  /** Gates that people decided. */
  readonly decided = new Set<string>();
  /** Keys of effects that were answered as done; a skipped step is finished and has made none. */
  readonly made = new Set<string>();
  readonly stepNumbers = new Map<string, number>();
  readonly advice: string[] = [];

  input: Record<string, unknown> & { target: string } = { target: '' };
  options: RunOptions = { mode: 'execute' };
  briefing: TargetBriefing | null = null;
  phase: Phase = 'starting';
  plan: Plan | null = null;
  /** Steps that a re-plan may not forget: the drift of one step under one hash. */
  readonly drifts = new Map<string, string>();
  gate: Gate | null = null;
  /** Approvals that came before the first gate opened; kept and counted once. */
  readonly early: Gate['arrived'][number][] = [];
  /** The last gate that people passed; its approval is asked again on a new hash or when it is too old. */
  lastGate: { readonly title: string; readonly hash: string; readonly at: number } | null = null;
  gatesPassed = 0;
  parked: Parked | null = null;
  /** What the gateway said when the last of the run's alerts resolved; null while one fires. */
  alertsResolved: string | null = null;
  paused: { readonly by: string; readonly at: string; readonly reason?: string } | null = null;
  /** Whether the last rehearsal met nothing slow: then the reads before the first change are quick, too. */
  rehearsedQuickly = false;
  /** Whether the search attributes that never change are set. */
  isDescribed = false;
  token: number | null = null;
  waitingForLock: string | null = null;
  lockGrant: { readonly token: number; readonly changedSincePlan: boolean } | null = null;
  askedForLock = false;
  /** Set when the run ends with ways back that somebody must still walk (abandoned, failed undo). */
  keepsWaysBack = false;
  lockLost: string | null = null;
  changedSomething = false;
  pointOfNoReturn: string | null = null;
  /** Asked for by a person or by Temporal; honoured at the next verb and in every wait. */
  leaving: { readonly how: 'roll back' | 'abandon' | 'cancel'; readonly because: string } | null = null;
  rollingBack = false;
  stepScope: CancellationScope | null = null;
  outcome: Outcome | null = null;
  summary = '';
  endedAt: string | null = null;
  /** Counts changes, so that waits wake up and the dashboard is written once per activation. */
  changes = 0;
  replans = 0;
  skipping = false;
  /** Counts how often brackets were begun again while unwinding: each is an effect of its own. */
  beginsAgain = 0;

  /** Further lines of the dashboard, for runs that are more than their steps. */
  shows: () => readonly string[] = () => [];
  /** What such a run adds to its record. */
  record: () => Pick<RunReport, 'incident'> = () => ({});

  constructor(readonly header: RunbookHeader) {}

  get target(): string {
    return this.input.target;
  }

  get queue(): string | null {
    return this.briefing?.taskQueue ?? null;
  }

  get isChanging(): boolean {
    return this.header.risk !== 'read-only';
  }

  /** Why the gates are waived, in words; null where they are not. */
  get breakGlass(): string | null {
    const { breakGlass, by, reason } = this.options;
    return breakGlass ? `BREAK-GLASS: no approval was asked for; started by ${by ?? ''}, because: ${reason ?? ''}` : null;
  }

  stepRef(key: string): StepRef {
    const number = this.stepNumbers.get(key) ?? this.stepNumbers.size + 1;
    this.stepNumbers.set(key, number);
    return { workflowId: this.workflowId, firstRunId: this.firstRunId, runbook: this.header.id, step: key, stepNumber: number };
  }

  effectKey(step: string, repeat = 1): string {
    return `${this.workflowId}/${this.firstRunId}/${step}/${repeat}`;
  }

  /** Every effect with a way back that is still open, oldest first. */
  openEffects(): OpenEffect[] {
    return this.liveEffects().filter((effect) => 'by' in effect.undo);
  }

  liveEffects(): OpenEffect[] {
    const effectsOf = (undo: Undo): OpenEffect[] => (undo.kind === 'effect' ? [undo.effect] : undo.inner.flatMap(effectsOf));
    return this.undos.flatMap(effectsOf);
  }
}

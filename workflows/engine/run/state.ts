import { workflowInfo } from '@temporalio/workflow';
import type { TargetBriefing } from '../../contracts/identity';
import type { Phase, Plan, RunReport } from '../../contracts/journal';
import type { RunbookHeader } from '../../contracts/header';
import type { RunOptions } from '../../contracts/params';
import type { StepRef } from '../../contracts/orders';
import { Effects } from '../effects/effects';
import { Gates } from '../gates/gates';
import { TargetLock } from '../lock/target-lock';
import { Alerts } from './alerts';
import { Ending } from './ending';
import { Hold } from './hold';
import { Journal } from './journal';
import { Memo } from './memo';

/** What a run shows and records that is more than its steps. */
export interface RunExtension {
  /** Further lines of the dashboard. */
  readonly show: () => readonly string[];
  /** What it adds to its record. */
  readonly record: () => Pick<RunReport, 'incident'>;
}

const NOTHING_MORE: RunExtension = { show: () => [], record: () => ({}) };

/** What a run is, where it stands, and the owners of everything else that it knows. One object per run, never module state. */
export class RunState {
  readonly startedAt = workflowInfo().startTime.toISOString();
  readonly workflowId = workflowInfo().workflowId;
  readonly firstRunId = workflowInfo().firstExecutionRunId;
  readonly runId = workflowInfo().runId;

  readonly journal = new Journal();
  readonly memo = new Memo();
  readonly effects = new Effects();
  readonly gates = new Gates();
  readonly lock = new TargetLock();
  readonly hold = new Hold();
  readonly ending = new Ending();
  readonly alerts = new Alerts();
  readonly advice: string[] = [];

  input: Record<string, unknown> & { target: string } = { target: '' };
  options: RunOptions = { mode: 'execute' };
  briefing: TargetBriefing | null = null;
  phase: Phase = 'starting';
  plan: Plan | null = null;
  /** Whether the last rehearsal met nothing slow: then the reads before the first change are quick, too. */
  rehearsedQuickly = false;
  /** Whether the search attributes that never change are set. */
  isDescribed = false;
  replans = 0;

  private readonly stepNumbers = new Map<string, number>();
  private changes = 0;

  constructor(
    readonly header: RunbookHeader,
    readonly extension: RunExtension = NOTHING_MORE,
  ) {}

  get target(): string {
    return this.input.target;
  }

  get queue(): string | null {
    return this.briefing?.taskQueue ?? null;
  }

  get isChanging(): boolean {
    return this.header.risk !== 'read-only';
  }

  /** Counts what the run has heard, so that a wait knows whether anything is new. */
  get revision(): number {
    return this.changes;
  }

  touch(): void {
    this.changes++;
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
}

import type { AskedBy, IncidentRecord } from '../../contracts/incident';
import type { IncidentInput } from '../../contracts/incident-input';
import { type Severity } from '../../pure/severities';
import { MILESTONES, type Milestone } from '../../contracts/incident';
import type { RunState } from '../run/state';
import { nextBusinessDay, timetable, type Due, type Reached } from './timetable';

interface ChildRun {
  readonly workflowId: string;
  readonly runbook: string;
  readonly why: string;
  readonly asked: AskedBy;
  outcome: string | null;
}

/** Everything that an incident knows beside its run's state. */
export class Incident {
  readonly input: IncidentInput;
  readonly heardAt: number;
  readonly startsAt: number;
  readonly entries: readonly Due[];
  readonly done = new Set<string>();
  readonly milestones: Partial<Record<Milestone, { at: string; by: string; says: string }>> = {};
  readonly escalations: { at: string; to: string; because: string }[] = [];
  readonly runs: ChildRun[] = [];
  /** How many there were when the trouble came back: what they were proposed for is over, and may be proposed again. */
  runsBeforeItCameBack = 0;
  /** Messages that no channel took. */
  readonly unheard: string[] = [];
  holder: string | null = null;
  updates = 0;
  cause: string | null = null;
  /** What the database showed last. */
  seen = 'not looked at yet';
  /** Which things were wrong with it, without their figures. */
  seenAbout: string | null = null;
  well = false;
  /** Somebody wants a look at the database now. */
  lookNow = true;
  /** A person says that it is over. */
  saidOver: { readonly by: string; readonly reason: string } | null = null;
  /** Mitigations that are not started yet; `by` is null where a finding asked for one, and no person. */
  readonly wanted: {
    readonly runbook: string;
    readonly input: Readonly<Record<string, unknown>>;
    readonly by: string | null;
    readonly reason: string;
  }[] = [];
  closed = false;

  constructor(
    readonly state: RunState,
    readonly severity: Severity,
    now: number,
  ) {
    this.input = state.input as unknown as IncidentInput;
    this.heardAt = now;
    this.startsAt = Math.min(now, this.input.startsAt ? Date.parse(this.input.startsAt) : now);
    this.entries = timetable(severity, this.input.kind, this.startsAt, this.input.dataLossRisk);
  }

  get title(): string {
    return `[${this.severity.name}] ${this.input.kind} on ${this.state.target}`;
  }

  /** The last milestone that was reached, as a word. */
  get stage(): Milestone | 'open' {
    return MILESTONES.findLast((name) => this.milestones[name] !== undefined) ?? 'open';
  }

  get reached(): Reached {
    return Object.fromEntries(Object.entries(this.milestones).map(([name, { at }]) => [name, Date.parse(at)]));
  }

  /** Nobody waits for anything any more. */
  get isOver(): boolean {
    return this.closed || this.state.ending.asked !== null;
  }

  /** Reaches a milestone once. */
  reach(milestone: Milestone, by: string, says: string): boolean {
    if (this.milestones[milestone]) return false;
    this.milestones[milestone] = { at: new Date().toISOString(), by, says };
    this.note(`Incident ${milestone}`, `${says} (${by})`);
    return true;
  }

  /** A line of the timeline; everything that waits looks again. */
  note(title: string, says: string, outcome: 'done' | 'failed' = 'done'): void {
    this.state.journal.note(title, says, outcome);
    this.state.touch();
  }

  record(): IncidentRecord {
    const { severity, input, milestones, holder, escalations, updates, cause, runs, unheard } = this;
    return {
      severity: severity.name,
      kind: input.kind,
      impact: input.impact,
      startsAt: new Date(this.startsAt).toISOString(),
      heardAt: new Date(this.heardAt).toISOString(),
      milestones,
      holder,
      escalations,
      updates,
      cause,
      runs,
      unheard,
      reviewBy: nextBusinessDay(Date.parse(this.state.ending.endedAt ?? new Date().toISOString())),
    };
  }
}

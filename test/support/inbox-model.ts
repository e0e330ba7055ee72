import { ingest, endRun, evaluateHeld, type RoutedAlert } from '../../workers/alerts/ingest';
import { Inbox, type AlertRun, type Episode, type Limits } from '../../workers/alerts/inbox';

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const LIMITS: Limits = {
  coolDownMs: 15 * MINUTE,
  startsPerHour: 3,
  massTargets: 5,
  massWindowMs: MINUTE,
  forgetAfterMs: 6 * HOUR,
  changes: (runbook) => runbook === 'change',
  responds: (runbook) => runbook === 'respond',
};

/** The problems that can arise: on each target two that are solved by a change and one that is looked at. */
export const PROBLEMS = Array.from({ length: 8 }, (_, i) => `t${i}`).flatMap((target) =>
  ['change', 'change', 'look'].map((runbook, i) => ({ target, runbook, identity: `${target}/${i}` })),
);

export interface Heard {
  readonly problem: number;
  /** Which firing of the problem: a later one has a later `startsAt`. */
  readonly firing: number;
  readonly status: 'firing' | 'resolved';
}

export const routedAlertOf = ({ problem, firing, status }: Heard): RoutedAlert => {
  const { identity, runbook, target } = PROBLEMS[problem] as (typeof PROBLEMS)[number];
  const key = `${String(problem).padStart(3, '0')}-${String(firing).padStart(3, '0')}-padded`;
  return { key, identity, source: 'am', route: runbook, runbook, target, input: {}, says: `${identity} it is`, startsAt: firing * MINUTE, status };
};

export const heardOf = (key: string, status: Heard['status']): Heard => ({
  problem: Number(key.slice(0, 3)),
  firing: Number(key.slice(4, 7)),
  status,
});

/** One start of a run, with what held when it was decided. */
export interface Start {
  readonly run: AlertRun;
  /** Targets with new alerts at that moment. */
  readonly newTargets: number;
}

/** The inbox of a gateway with its whole store in memory, on a clock of its own; every start is written down. */
export class InboxModel {
  readonly inbox = new Inbox();
  readonly starts: Start[] = [];
  now = 1_000 * HOUR;

  constructor(readonly limits: Limits = LIMITS) {}

  deliver(alerts: readonly Heard[]): void {
    this.batch(() => alerts.forEach((heard) => this.watch(() => ingest(this.inbox, routedAlertOf(heard), this.limits, this.now))));
  }

  sweep(): void {
    this.batch(() => this.watch(() => evaluateHeld(this.inbox, this.limits, this.now)));
  }

  end(workflowId: string, outcome: string): void {
    this.batch(() => this.watch(() => endRun(this.inbox, workflowId, outcome, this.now)));
  }

  get live(): AlertRun[] {
    return [...this.inbox.runs.values()].filter(({ endedAt }) => endedAt === null);
  }

  get firing(): Episode[] {
    return [...this.inbox.episodes.values()].filter(({ status }) => status === 'firing');
  }

  /** As the store does it: which targets are new is looked up when the inbox is opened. */
  private batch(judge: () => void): void {
    const { inbox, now } = this;
    inbox.newTargets.clear();
    for (const { target, firstAt } of this.fresh()) inbox.newTargets.set(target, Math.min(firstAt, inbox.newTargets.get(target) ?? firstAt));
    judge();
    inbox.close(now);
    inbox.touched.clear();
  }

  private fresh(): Episode[] {
    return [...this.inbox.episodes.values()].filter(
      ({ firstAt, state }) => firstAt > this.now - this.limits.massWindowMs && state !== 'dropped' && state !== 'stale',
    );
  }

  private watch(work: () => void): void {
    const before = new Set(this.inbox.runs.values());
    work();
    const newTargets = new Set(this.fresh().map(({ target }) => target)).size;
    for (const run of this.inbox.runs.values()) if (!before.has(run)) this.starts.push({ run, newTargets });
  }
}

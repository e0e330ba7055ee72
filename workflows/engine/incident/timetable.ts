import { DATA_LOSS, MATRIX, MISSED, type Severity } from '../../pure/severities';
import { MILESTONES, type IncidentKind, type Milestone } from '../../contracts/incident';
import { milliseconds } from '../../pure/span';

/** Something that is due at a moment unless a milestone was reached before it. Times are milliseconds since 1970. */
export interface Due {
  readonly key: string;
  readonly at: number;
  readonly until: Milestone;
  /** `remind` goes to those who were told first (`to` is null); `escalate` to somebody who did not know of it. */
  readonly kind: 'remind' | 'escalate';
  readonly to: string | null;
  readonly because: string;
}

export type Reached = Readonly<Partial<Record<Milestone, number>>>;

/** Everything that is due in an incident, in the order of time. The clock runs from the beginning of the problem, not from when we heard of it. */
export function timetable({ clock }: Severity, kind: IncidentKind, startsAt: number, dataLossRisk: boolean): Due[] {
  const { then } = MATRIX[kind];
  const entries: Due[] = then.map(({ after, to }, i) => ({
    key: `matrix ${i + 1}`,
    at: startsAt + milliseconds(after),
    until: 'mitigated',
    kind: 'escalate',
    to,
    because: milliseconds(after) === 0 ? `it is a matter of ${kind}` : `it is not mitigated after ${after}`,
  }));
  if (dataLossRisk)
    for (const to of DATA_LOSS)
      entries.push({ key: `data loss ${to}`, at: startsAt, until: 'resolved', kind: 'escalate', to, because: 'data may be lost' });
  for (const milestone of MILESTONES) {
    const { aim, limit } = clock[milestone];
    if (aim)
      entries.push({
        key: `aim ${milestone}`,
        at: startsAt + milliseconds(aim),
        until: milestone,
        kind: 'remind',
        to: null,
        because: `it is not ${milestone} after ${aim}; the limit is ${limit}`,
      });
    entries.push({
      key: `limit ${milestone}`,
      at: startsAt + milliseconds(limit),
      until: milestone,
      ...findRecipient(milestone, then[0]?.to ?? null),
      because: `it is not ${milestone} after ${limit}`,
    });
  }
  return entries.sort((a, b) => a.at - b.at);
}

/** Nobody has acknowledged: the next level; not assessed: a reminder; later limits: those who answer for it. */
function findRecipient(milestone: Milestone, next: string | null): Pick<Due, 'kind' | 'to'> {
  if (milestone === 'assessed') return { kind: 'remind', to: null };
  return { kind: 'escalate', to: milestone === 'acknowledged' ? next : MISSED[milestone] };
}

/** What is due now and was not done: everything whose time came before its milestone was reached. */
export function dueNow(entries: readonly Due[], reached: Reached, done: ReadonlySet<string>, now: number): Due[] {
  return entries.filter((entry) => entry.at <= now && !done.has(entry.key) && entry.at < findTimeReached(reached, entry.until));
}

/** When something will be due next; null when nothing will be unless a milestone is revoked. */
export function nextDue(entries: readonly Due[], reached: Reached, done: ReadonlySet<string>, now: number): number | null {
  return entries.find((entry) => entry.at > now && !done.has(entry.key) && entry.at < findTimeReached(reached, entry.until))?.at ?? null;
}

/** A later milestone includes the earlier ones. */
function findTimeReached(reached: Reached, milestone: Milestone): number {
  const later = MILESTONES.slice(MILESTONES.indexOf(milestone)).map((name) => reached[name] ?? Infinity);
  return Math.min(...later);
}

/** The day for the review: the next one from Monday to Friday, as a date in UTC. */
export function nextBusinessDay(now: number): string {
  const day = new Date(now);
  do day.setUTCDate(day.getUTCDate() + 1);
  while (day.getUTCDay() === 0 || day.getUTCDay() === 6);
  return day.toISOString().slice(0, 10);
}

import type { IncidentRecord } from '../../../workflows/contracts/incident';
import { P1, P2 } from '../../../workflows/pure/severities';
import { MILESTONES, type Milestone } from '../../../workflows/contracts/incident';
import { inWords, milliseconds } from '../../../workflows/pure/span';
import { atStart } from './words';

/** One clock of an incident: whether it was kept, and by how much; times from the beginning of the problem. */
export interface Clock {
  readonly milestone: Milestone;
  readonly state: 'kept' | 'missed' | 'open';
  readonly says: string;
  /** By how much a limit was missed; empty where it was not. */
  readonly over: string;
}

/** How each clock of an incident went. A later milestone includes the earlier ones, as on the run's own clock. */
export function clocksOf(incident: IncidentRecord, until: number): Clock[] {
  return MILESTONES.map((milestone) => clockOf(incident, milestone, until));
}

function clockOf({ severity, startsAt, heardAt, milestones }: IncidentRecord, milestone: Milestone, until: number): Clock {
  const { aim, limit } = (severity === 'P1' ? P1 : P2).clock[milestone];
  const began = Date.parse(startsAt);
  const [first] = MILESTONES.slice(MILESTONES.indexOf(milestone))
    .flatMap((name) => (milestones[name] ? [{ name, at: Date.parse(milestones[name].at) }] : []))
    .sort((a, b) => a.at - b.at);
  const after = (first?.at ?? until) - began;
  const over = after - milliseconds(limit);
  const limits = { milestone, over: over > 0 ? `${inWords(over)} over the limit of ${limit}` : '' };
  if (!first)
    return over > 0
      ? { ...limits, state: 'missed', says: `Not ${milestone} after ${inWords(after)}; the limit is ${limit}.` }
      : { ...limits, state: 'open', says: `Not ${milestone} in ${inWords(after)}; the limit is ${limit}.` };
  const reached = `${atStart(milestone)} after ${inWords(after)}${first.name === milestone ? '' : ` (nobody said so; it was ${first.name} then)`}`;
  if (over > 0) {
    const since = milestone === 'acknowledged' ? ` That was ${inWords(first.at - Date.parse(heardAt))} after the response began.` : '';
    return { ...limits, state: 'missed', says: `${reached}: ${limits.over}.${since}` };
  }
  const slow = aim && after > milliseconds(aim) ? `; the aim of ${aim} was missed by ${inWords(after - milliseconds(aim))}` : '';
  return { ...limits, state: 'kept', says: `${reached}, ${inWords(-over)} before the limit of ${limit}${slow}.` };
}

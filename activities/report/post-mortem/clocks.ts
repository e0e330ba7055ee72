import type { IncidentRecord } from '../../../workflows/contracts/incident';
import { MILESTONES, P1, P2, type Milestone } from '../../../workflows/contracts/severities';
import { inWords, milliseconds } from '../../../workflows/contracts/span';
import { atStart } from './words';

/** One clock of an incident: whether it was kept, and by how much; times from the beginning of the problem. */
export interface Clock {
  readonly milestone: Milestone;
  readonly standing: 'kept' | 'missed' | 'open';
  readonly says: string;
}

/** How each clock of an incident went. A later milestone includes the earlier ones, as on the run's own clock. */
export function clocksOf(incident: IncidentRecord, until: number): Clock[] {
  return MILESTONES.map((milestone) => clockOf(incident, milestone, until));
}

function clockOf({ severity, startsAt, milestones }: IncidentRecord, milestone: Milestone, until: number): Clock {
  const { aim, limit } = (severity === 'P1' ? P1 : P2).clock[milestone];
  const began = Date.parse(startsAt);
  const [first] = MILESTONES.slice(MILESTONES.indexOf(milestone))
    .flatMap((name) => (milestones[name] ? [{ name, at: Date.parse(milestones[name].at) }] : []))
    .sort((a, b) => a.at - b.at);
  const after = (first?.at ?? until) - began;
  const over = after - milliseconds(limit);
  if (!first)
    return over > 0
      ? { milestone, standing: 'missed', says: `Not ${milestone} after ${inWords(after)}; the limit is ${limit}.` }
      : { milestone, standing: 'open', says: `Not ${milestone} in ${inWords(after)}; the limit is ${limit}.` };
  const reached = `${atStart(milestone)} after ${inWords(after)}${first.name === milestone ? '' : ` (nobody said so; it was ${first.name} then)`}`;
  if (over > 0) return { milestone, standing: 'missed', says: `${reached}: ${inWords(over)} over the limit of ${limit}.` };
  const slow = aim && after > milliseconds(aim) ? `; the aim of ${aim} was missed by ${inWords(after - milliseconds(aim))}` : '';
  return { milestone, standing: 'kept', says: `${reached}, ${inWords(-over)} before the limit of ${limit}${slow}.` };
}

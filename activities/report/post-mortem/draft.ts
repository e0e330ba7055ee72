import type { RunReport } from '../../../workflows/contracts/journal';
import { outcomeOf } from '../facts';
import { actionsOf } from './actions';
import { followUpsOf } from './follow-ups';
import { lessonsOf } from './lessons';
import type { Material, PostMortem } from './shape';
import { quoteStatement } from './words';
import { summaryOf } from './summary';
import { timelineOf } from './timeline';

/** The draft of a post-mortem from the record of an incident; null for the record of another run. `now` (milliseconds since 1970) counts while it goes on. */
export function postMortemOf(report: RunReport, now: number): PostMortem | null {
  const { incident } = report;
  if (!incident) return null;
  const material: Material = { report, incident, until: report.endedAt ? Date.parse(report.endedAt) : now };
  const state = report.endedAt
    ? `${quoteStatement(report.summary) || `The response ended: ${outcomeOf(report)}`}.`
    : 'THE INCIDENT HAS NOT ENDED: this is what is known so far.';
  return {
    title: `Post-mortem: [${incident.severity}] ${incident.kind} on ${report.target}`,
    says: 'A draft made from the record of the response. It says what was recorded; the empty places are for people. UNVERIFIED stands beside a name that somebody gave and nobody checked.',
    state,
    sections: [summaryOf(material), timelineOf(material), actionsOf(material), lessonsOf(material), followUpsOf(material)],
  };
}

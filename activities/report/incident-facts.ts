import type { RunReport } from '../../workflows/contracts/journal';
import { MILESTONES } from '../../workflows/contracts/incident';
import { inWords } from '../../workflows/pure/span';
import { dateAndClock, type Fact } from './facts';
import { markClaimed } from './post-mortem/words';

/** What the record of an incident adds to the facts of its run; empty for every other run. */
export function incidentFacts({ incident, workflowId }: RunReport): Fact[] {
  if (!incident) return [];
  const { severity, kind, impact, startsAt, heardAt, milestones, holder, escalations, updates, cause, runs, unheard, reviewBy } = incident;
  const after = (at: string): string => inWords(Date.parse(at) - Date.parse(startsAt));
  return [
    { label: 'Incident', value: `${severity}, ${kind}: ${impact}` },
    { label: 'Began', value: `${dateAndClock(startsAt)}, heard of after ${after(heardAt)}` },
    ...MILESTONES.flatMap((name) => {
      const reached = milestones[name];
      const label = name.charAt(0).toUpperCase() + name.slice(1);
      return reached
        ? [{ label, value: `after ${after(reached.at)} by ${markClaimed(reached.by)}: ${reached.says}` }]
        : [{ label, value: 'not recorded' }];
    }),
    { label: 'Looked after by', value: holder === null ? 'nobody' : markClaimed(holder) },
    { label: 'Root cause', value: cause ?? 'nobody recorded one' },
    ...escalations.map(({ at, to, because }) => ({ label: 'Escalated', value: `${dateAndClock(at)} to ${to}, because ${because}` })),
    { label: 'Status updates', value: String(updates) },
    ...runs.map((run) => ({ label: 'Child run', value: `${run.workflowId}: ${run.outcome ?? 'goes on'} (${run.why})` })),
    ...(unheard.length ? [{ label: 'NOT DELIVERED', value: `no channel took: ${unheard.join(', ')}` }] : []),
    { label: 'Review', value: `by ${reviewBy}; the draft: runbook post-mortem ${workflowId}` },
  ];
}

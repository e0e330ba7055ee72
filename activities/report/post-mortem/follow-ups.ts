import { selectFailed } from './actions';
import { clocksOf } from './clocks';
import type { Material, Section } from './shape';
import { isImpactKnown } from './summary';
import { quoteStatement } from './words';

/** What is left to do, as far as the record shows it. */
export function followUpsOf(material: Material): Section {
  const { report, incident, until } = material;
  const open = incident.runs.filter(({ outcome }) => outcome === null);
  // The run's own advice says these two as well.
  const advice = report.advice.filter(
    (line) => !line.startsWith('Review it with everybody') && !open.some(({ workflowId }) => line.includes(workflowId)),
  );
  const tasks = [
    `Review it with everybody involved by ${incident.reviewBy}.`,
    ...(report.endedAt ? [] : [`End the incident: runbook watch ${report.workflowId}`]),
    ...open.map(({ runbook, workflowId }) => `${runbook} had not ended when this record was made. See how it ended: runbook watch ${workflowId}`),
    ...(incident.cause === null ? ['Find the root cause; nobody recorded one.'] : []),
    ...(isImpactKnown(material) ? [] : ['Find out who could not do what; nobody recorded it.']),
    ...clocksOf(incident, until).flatMap(({ state, milestone, over }) =>
      state === 'missed' ? [`Find out why it was not ${milestone} in time (${over}).`] : [],
    ),
    ...selectFailed(material).map(
      ({ runbook, outcome, workflowId }) => `Find out why ${runbook} failed (${outcome ?? ''}): runbook report ${workflowId}`,
    ),
    ...advice.map((line) => `${quoteStatement(line)}.`),
  ];
  return {
    heading: 'Follow-up actions',
    parts: [{ tasks, blank: 'an owner and a day for each; what else must change in runbooks, alerts or training' }],
  };
}

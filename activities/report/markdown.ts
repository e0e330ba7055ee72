import { MARKS, type RunReport, type StepRecord } from '../../workflows/contracts/journal';
import { dateAndClock, decisionSentence, openSentence, outcomeOf, runFacts, stepFacts, stepHeading } from './facts';
import { incidentFacts } from './incident-facts';
import { block, code, text } from './markdown-text';
import { planSections } from './plan-markdown';
import { showValue } from './printable';

/** The record of a run as Markdown; everything from a database or a person is escaped. */
export function renderReport(report: RunReport): string {
  const sections = [
    `# ${text(report.title)} on ${text(report.target)}: ${text(outcomeOf(report))}`,
    ...(report.summary ? [text(report.summary)] : []),
    [...runFacts(report), ...incidentFacts(report)].map(({ label, value }) => `- **${label}:** ${text(value)}`).join('\n'),
    `Input:\n\n${block(showValue(report.input), 'json')}`,
    ...openPart(report),
    ...(report.advice.length ? ['## Advice', report.advice.map((advice) => `- ${text(advice)}`).join('\n')] : []),
    '## Decisions',
    report.decisions.length
      ? report.decisions.map((decision) => `- ${dateAndClock(decision.at)}: ${text(decisionSentence(decision))}`).join('\n')
      : 'Nobody decided anything.',
    '## Steps',
    ...(report.steps.length ? report.steps.flatMap(stepPart) : ['No step was taken.']),
    ...(report.plan ? [`## Plan ${report.plan.hash.slice(0, 8)}`, ...planSections(report.plan)] : []),
  ];
  return `${sections.join('\n\n')}\n`;
}

function openPart(report: RunReport): string[] {
  if (!report.open.length) return report.endedAt ? ['## Open', 'Nothing is open.'] : [];
  const next = report.endedAt
    ? `These changes still stand. To undo them: ${code(`runbook recover ${report.workflowId}`)}`
    : 'These changes stand and can still be undone:';
  return ['## Open', next, report.open.map((effect) => `- ${text(openSentence(effect))}`).join('\n')];
}

function stepPart(step: StepRecord): string[] {
  const facts = stepFacts(step).map(({ label, value }) => `- ${label}: ${text(value)}`);
  return [
    `### ${MARKS[step.outcome]} ${step.number}. ${text(stepHeading(step))}`,
    ...(facts.length ? [facts.join('\n')] : []),
    ...(step.statements ?? []).map((statement) => block(statement, 'sql')),
    ...(step.saw === undefined ? [] : [`Saw:\n\n${block(showValue(step.saw), 'json')}`]),
  ];
}

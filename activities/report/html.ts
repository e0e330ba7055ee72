import { MARKS, type Plan, type RunReport, type StepRecord } from '../../workflows/contracts/journal';
import { dateAndClock, decisionSentence, identitySentence, openSentence, outcomeOf, runFacts, stepFacts, stepHeading, type Fact } from './facts';
import { incidentFacts } from './incident-facts';
import { PLAN_COLUMNS, planRows, factsOfPlan } from './plan-rows';
import { printable, showValue } from './printable';
import { STYLE } from './html-style';

/** The record of a run as one self-contained page: no scripts, nothing loaded, everything escaped, fit to print. */
export function renderReportHtml(report: RunReport): string {
  const title = `${report.title} on ${report.target}: ${outcomeOf(report)}`;
  const body = `${report.summary ? `<p class="summary">${escapeHtml(report.summary)}</p>` : ''}
${factList([...runFacts(report), ...incidentFacts(report)])}
<h2>Input</h2>
${pre(showValue(report.input))}
${openPart(report)}
${report.advice.length ? `<h2>Advice</h2>\n${list(report.advice)}` : ''}
<h2>Decisions</h2>
${report.decisions.length ? list(report.decisions.map((decision) => `${dateAndClock(decision.at)}: ${decisionSentence(decision)}`)) : '<p>Nobody decided anything.</p>'}
<h2>Steps</h2>
${report.steps.map(stepPart).join('\n') || '<p>No step was taken.</p>'}
${report.plan ? planPart(report.plan) : ''}`;
  return htmlPage(title, body);
}

/** A page around an escaped body; the title is plain text. */
export const htmlPage = (title: string, body: string): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${escapeHtml(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<h1>${escapeHtml(title)}</h1>
${body}
</body>
</html>
`;

/** A text as HTML shows it literally, in an element or in a quoted attribute. */
export const escapeHtml = (text: string): string => printable(text).replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);

function openPart(report: RunReport): string {
  if (!report.open.length) return report.endedAt ? '<h2>Open</h2>\n<p>Nothing is open.</p>' : '';
  const next = report.endedAt
    ? `<p class="warning">These changes still stand. To undo them: <code>runbook recover ${escapeHtml(report.workflowId)}</code></p>`
    : '';
  return `<h2>Open</h2>\n${next}${list(report.open.map(openSentence))}`;
}

function stepPart(step: StepRecord): string {
  const bad = step.outcome === 'failed' || step.outcome === 'undo failed';
  return `<section class="step${bad ? ' bad' : ''}">
<h3>${MARKS[step.outcome]} ${step.number}. ${escapeHtml(stepHeading(step))}</h3>
${factList(stepFacts(step))}
${(step.statements ?? []).map(pre).join('\n')}
${step.saw === undefined ? '' : `<p>Saw:</p>\n${pre(showValue(step.saw))}`}
</section>`;
}

function planPart(plan: Plan): string {
  const rows = planRows(plan).map((row) => `<tr>${row.map((cell) => `<td>${escapeHtml(cell)}</td>`).join('')}</tr>`);
  const details = plan.steps.flatMap((step, index) =>
    step.write || step.child !== undefined
      ? [
          `<section class="step"><h3>${index + 1}. ${escapeHtml(step.title)}</h3>\n${factList(factsOfPlan(step))}\n${(step.write?.statements ?? []).map(pre).join('\n')}</section>`,
        ]
      : [],
  );
  return `<h2>Plan ${escapeHtml(plan.hash.slice(0, 8))}</h2>
${factList([
  { label: 'Hash', value: plan.hash },
  { label: 'Made', value: dateAndClock(plan.madeAt) },
  { label: 'Target', value: identitySentence(plan.identity) },
  ...(plan.nothingToDo ? [{ label: 'Nothing to do', value: plan.nothingToDo }] : []),
])}
<table><thead><tr>${PLAN_COLUMNS.map((column) => `<th>${column}</th>`).join('')}</tr></thead><tbody>
${rows.join('\n')}
</tbody></table>
${details.join('\n')}`;
}

/** Facts as a list of terms. */
export const factList = (facts: readonly Fact[]): string =>
  facts.length ? `<dl>${facts.map(({ label, value }) => `<dt>${escapeHtml(label)}</dt><dd>${escapeHtml(value)}</dd>`).join('\n')}</dl>` : '';

/** Plain lines as a list. */
export const list = (lines: readonly string[]): string => `<ul>${lines.map((line) => `<li>${escapeHtml(line)}</li>`).join('\n')}</ul>`;

const pre = (text: string): string => `<pre>${escapeHtml(text)}</pre>`;

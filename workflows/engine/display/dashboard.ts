import { setCurrentDetails } from '@temporalio/workflow';
import { MARKS } from '../../contracts/journal';
import type { RunState } from '../run/state';
import { gateLines, planLines } from './gate-lines';
import { clock, fit, safe } from './markdown';

/** The Temporal UI carries the text in a URL: more than this would be cut by proxies. */
const MAX_BYTES = 3_900;

/** Writes the live dashboard of the run: Markdown without tables, shown by the Temporal UI under "Current Details". */
export function refreshDashboard(state: RunState): void {
  setCurrentDetails(fit(renderDashboard(state), MAX_BYTES));
}

function renderDashboard(state: RunState): string {
  const { header, plan, ending, journal } = state;
  return [
    `## ${header.title} on ${safe(state.target)}`,
    `**${ending.outcome ?? state.phase}** · risk ${header.risk} · written ${clock(Date.now())}`,
    state.breakGlass && `**${safe(state.breakGlass)}**`,
    requestLine(state),
    targetLine(state),
    plan && `Plan \`${plan.hash.slice(0, 8)}\`, made ${clock(plan.madeAt)}`,
    ...state.extension.show(),
    ...holdLines(state),
    ...gateLines(state),
    ...openLines(state),
    ...(state.gates.open ? planLines(state) : []),
    ...(journal.steps.length ? ['### Steps', ...stepLines(state)] : []),
  ]
    .filter((line) => typeof line === 'string' && line !== '')
    .join('\n\n');
}

function requestLine({ options, startedAt }: RunState): string {
  const { by, reason } = options;
  return `Started ${clock(startedAt)}${by ? ` by ${safe(by)}` : ''}${reason ? `: ${safe(reason).slice(0, 300)}` : ''}`;
}

function targetLine({ briefing }: RunState): string | null {
  if (!briefing) return null;
  const { environment, database, role, address, version, systemIdentifier } = briefing.identity;
  return `${safe(environment)} · database ${safe(database)} · ${role} ${safe(address)} · PostgreSQL ${safe(version)} · system ${systemIdentifier}`;
}

/** Why the run stands still, and what ends that. */
function holdLines({ hold, lock, journal }: RunState): string[] {
  const { paused, parked } = hold;
  const writes = journal.steps.findLast((step) => step.verified?.includes('takes writes'))?.verified;
  return [
    ...(paused ? [`### Paused by ${safe(paused.by)}`, safe(paused.reason ?? ''), 'Send **resume** `{"by":"you"}` to go on.'] : []),
    ...(writes ? [`### Now: ${safe(writes)}`] : []),
    ...(lock.waitingFor ? ['### Waiting for the target lock', safe(lock.waitingFor)] : []),
    ...(parked
      ? [
          `### Needs an operator: ${safe(parked.title)}`,
          `**${parked.failure.type}** ${safe(parked.failure.message)}`,
          `Send one of **${parked.choices.join('**, **')}** \`{"by":"you","reason":"…"}\`.`,
        ]
      : []),
  ];
}

function openLines({ effects, ending }: RunState): string[] {
  const { pointOfNoReturn, openTitles } = effects;
  return [
    ...(pointOfNoReturn ? [`**Past the point of no return** (${safe(pointOfNoReturn)}): cancel and rollback are refused.`] : []),
    ...(openTitles.length ? [`Open undos: ${openTitles.map(safe).join(', ')}`] : []),
    ...(ending.outcome ? [`### ${ending.outcome}`, safe(ending.summary)] : []),
  ];
}

function stepLines(state: RunState): string[] {
  const { steps } = state.journal;
  const shown = steps.slice(-14);
  const lines = shown.map((step) => {
    const rows = step.rows === undefined ? '' : ` · ${step.rows} rows`;
    const failure = step.failure ? ` · ${step.failure.type}: ${safe(step.failure.message).slice(0, 160)}` : '';
    return `- ${MARKS[step.outcome]} ${safe(step.title)}${rows}${step.note ? ` · ${safe(step.note).slice(0, 120)}` : ''}${failure}`;
  });
  return [...(steps.length > shown.length ? [`… ${steps.length - shown.length} earlier: query **journal**`] : []), lines.join('\n')];
}

import type { z } from 'zod';
import type { RunbookHeader } from '../../contracts/header';
import type { RunResult } from '../../contracts/journal';
import { MATRIX, STAKEHOLDERS, type Severity } from '../../pure/severities';
import type { Signs } from '../../contracts/signs';
import { pluralize } from '../../pure/pluralize';
import { inWords } from '../../pure/span';
import { endRun } from '../run/end';
import { safe } from '../display/markdown';
import type { Runbook } from '../flow/define-runbook';
import { failureOf } from '../run/exit';
import { hostRun } from '../run/host-run';
import { strictInputOf, takeInput } from '../run/input';
import { leaveIfTold } from '../run/pause';
import { services } from '../run/services';
import type { RunState } from '../run/state';
import { describeRun, showPhase } from '../display/search-attributes';
import type { Read } from '../flow/verbs';
import { runClock } from './clock';
import { diagnose, mitigate } from './help';
import { Incident } from './incident-state';
import { registerIncidentMessages } from './incident-messages';
import { announce, nextAction, tell } from './tell';
import { watch } from './watch';

/** What an incident looks at, and with which read-only runbooks it begins. */
export interface IncidentParts {
  readonly severity: Severity;
  readonly look: (target: string) => Read<Signs>;
  readonly diagnosis: readonly string[];
}

/**
 * Makes an incident response: a run that changes nothing itself and holds no lock. Its clock, its people, its look at the database and its child
 * runs go on beside each other until the database stayed well; ending it never ends a child run.
 */
export function defineIncident<Input extends z.ZodObject<{ target: z.ZodType<string> }>>(
  header: RunbookHeader<Input>,
  parts: IncidentParts,
): Runbook<Input> {
  const strictInput = strictInputOf(header);
  const workflow = (raw: unknown): Promise<RunResult> => {
    let incident: Incident | null = null;
    const extension = {
      show: () => (incident ? showIncident(incident) : []),
      record: () => (incident ? { incident: incident.record() } : {}),
    };
    return hostRun({ header, extension, messages: ['abandon'], locks: false, cancel }, async (state) => {
      takeInput(state, strictInput, raw);
      incident = new Incident(state, parts.severity, Date.now());
      // Before the first await; a message that is there already is taken at once and must find the incident.
      registerIncidentMessages(state, incident);
      await respond(state, incident, parts);
      return endRun(state, 'done', summarize(incident));
    });
  };
  Object.defineProperty(workflow, 'name', { value: header.id });
  return Object.assign(workflow, { header });
}

/** Whatever was asked for first stays. */
function cancel({ ending }: RunState): void {
  if (!ending.asked) ending.cancel();
}

async function respond(state: RunState, incident: Incident, { look, diagnosis }: IncidentParts): Promise<void> {
  incident.note(
    'Incident open',
    `${incident.title}: ${incident.input.impact}; it began ${inWords(incident.heardAt - incident.startsAt)} before this run heard of it`,
  );
  await fetchBriefing(state, incident);
  showPhase(state, 'running');
  const first = MATRIX[incident.input.kind].first;
  const parts = [announce(incident, first), runClock(incident), mitigate(incident), watch(incident, look(state.target))];
  // Not waited for: a diagnosis of a database that never answers must not keep the incident open.
  for (const runbook of diagnosis) void diagnose(incident, runbook);
  await Promise.all(parts);
  if (state.ending.asked) await tellUnresolved(incident, state.ending.asked.because);
  leaveIfTold(state);
  for (const { runbook, workflowId, outcome } of incident.runs) if (outcome === null) state.advice.push(`${runbook} still goes on: ${workflowId}.`);
  const { reviewBy, unheard } = incident.record();
  state.advice.push(`Review it with everybody involved by ${reviewBy}; the draft: runbook post-mortem ${state.workflowId}`);
  if (incident.input.dataLossRisk) state.advice.push('Data may have been lost: find out what, and prepare the communication to customers.');
  if (unheard.length)
    state.advice.push(`No channel took ${pluralize(unheard.length, 'message')} (${unheard.slice(0, 5).join(', ')}): correct notify.yaml.`);
  await tellResolution(incident);
}

/** A database that does not answer is the likeliest reason for an incident: it is noted, and the run goes on. */
async function fetchBriefing(state: RunState, incident: Incident): Promise<void> {
  try {
    state.briefing = await services.brief({ target: state.target });
  } catch (error) {
    const { type, message } = failureOf(error);
    if (type === 'UnknownTarget') throw error;
    incident.note('The database does not answer', message.slice(0, 500), 'failed');
  }
  describeRun(state);
}

async function tellResolution(incident: Incident): Promise<void> {
  const { startsAt, milestones, cause, state, input } = incident;
  const minutes = Math.round((Date.parse(milestones.resolved?.at ?? new Date().toISOString()) - startsAt) / 60_000);
  const body = {
    template: 'resolution',
    issue: cause ?? input.impact,
    resolution: milestones.resolved?.says ?? '',
    minutes,
    review: `by ${incident.record().reviewBy}; draft: runbook post-mortem ${state.workflowId}`,
  } as const;
  await Promise.all(listTold(incident).map((to) => tell(incident, 'resolution', to, { loudness: 'info', over: true, body })));
}

/** Who was told that there is an incident hears that nobody responds to it any more. */
async function tellUnresolved(incident: Incident, because: string): Promise<void> {
  const body = {
    template: 'update',
    number: ++incident.updates,
    status: `The response has ended without a resolution: ${because}. The database: ${incident.seen}`,
    eta: 'not known',
    nextUpdateAt: null,
  } as const;
  await Promise.all(listTold(incident).map((to) => tell(incident, 'end', to, { loudness: 'warning', nextAction: null, over: true, body })));
}

const listTold = ({ input, escalations }: Incident): string[] => [
  ...new Set([MATRIX[input.kind].first, STAKEHOLDERS, ...escalations.map(({ to }) => to)]),
];

function summarize({ startsAt, milestones, escalations, state, runs }: Incident): string {
  const lasted = inWords(Date.parse(milestones.resolved?.at ?? new Date().toISOString()) - startsAt);
  const helped = runs.filter(({ outcome, asked }) => outcome === 'done' && asked !== 'diagnosis').map(({ runbook }) => runbook);
  return `Resolved after ${lasted} on ${state.target}: ${milestones.resolved?.says ?? ''}.${helped.length ? ` Helped by ${helped.join(', ')}.` : ''} ${pluralize(escalations.length, 'escalation')}.`;
}

/** What the dashboard shows beside the steps: who, how far, what next. */
function showIncident(incident: Incident): string[] {
  const { severity, stage, holder, seen, runs, reached } = incident;
  const next = nextAction(incident);
  const due = incident.entries.find(({ key, at, until }) => !incident.done.has(key) && reached[until] === undefined && at > Date.now());
  return [
    `### ${severity.name}: ${stage}${holder ? `, ${safe(holder)} looks after it` : ', nobody looks after it yet'}`,
    `The database: ${safe(seen).slice(0, 400)}`,
    ...(next ? [`Next: \`${next.replaceAll('`', "'")}\``] : []),
    ...(due ? [`Due at ${new Date(due.at).toISOString().slice(11, 16)} UTC: ${safe(due.because)}`] : []),
    ...(runs.length
      ? [runs.map(({ runbook, outcome, workflowId }) => `- ${runbook}: ${outcome ?? 'goes on'} (${safe(workflowId)})`).join('\n')]
      : []),
    'Send **acknowledge** `{"by":"you"}`, **assess**, **mitigate**, **resolve**, **handOver** or **note** with a reason.',
  ];
}

import { condition } from '@temporalio/workflow';
import type { IncidentKind } from '../../contracts/incident';
import { judgeSigns, type Finding } from '../../pure/findings';
import type { Signs } from '../../contracts/signs';
import { inWords, milliseconds } from '../../pure/span';
import { refreshDashboard } from '../display/dashboard';
import { failureOf } from '../run/exit';
import { answerReads } from '../flow/reads';
import type { Read } from '../flow/verbs';
import { withdrawProposals } from './help';
import type { Incident } from './incident-state';
import { update } from './tell';

/** What must not be found for an incident of a kind to be over; kinds that no sign shows are over when a person says so. */
const SHOWN_BY: Readonly<Record<IncidentKind, readonly Finding['kind'][] | null>> = {
  'database-down': ['settings'],
  connections: ['connections'],
  performance: ['locks', 'queries', 'connections'],
  replication: ['replication', 'slots'],
  disk: null,
  'data-corruption': null,
  security: null,
  tviews: null,
  other: null,
};

/** Under this name it reaches milestones itself. */
const DATABASE = 'the database';

/** The runbook that a finding calls for and that is proposed at once: gated, and useful with its default input. */
const PROPOSED: Readonly<Partial<Record<Finding['kind'], string>>> = { connections: 'relieveConnectionExhaustion', settings: 'makeDatabaseWritable' };

/** Looks at the database again and again: mitigated and resolved are what it shows, never what somebody says alone. Ends when it stayed well for long enough. */
export async function watch(incident: Incident, look: Read<Signs>): Promise<void> {
  const { state, input } = incident;
  const every = milliseconds(input.lookEvery);
  const watchFor = milliseconds(input.watchFor);
  while (!incident.isOver) {
    incident.lookNow = false;
    const findings = await judgeDatabase(incident, look);
    if (findings) propose(incident, findings);
    judge(incident);
    const resolvedAt = incident.reached.resolved;
    if (resolvedAt !== undefined && Date.now() >= resolvedAt + watchFor) {
      incident.closed = true;
      incident.note('Watched', `it stayed well for ${inWords(watchFor)}`);
      return;
    }
    refreshDashboard(state);
    const wait = resolvedAt === undefined ? every : Math.min(every * 2, resolvedAt + watchFor - Date.now());
    const { resolved } = state.alerts;
    await condition(() => incident.isOver || incident.lookNow || state.alerts.resolved !== resolved, Math.max(1, wait), {
      summary: 'until the next look at the database',
    });
  }
}

/** What is wrong now; null where the database does not answer. */
async function judgeDatabase(incident: Incident, look: Read<Signs>): Promise<readonly Finding[] | null> {
  try {
    const findings = judgeSigns((await answerReads(incident.state, 'Look at the database', look)) as Signs);
    const shown = SHOWN_BY[incident.input.kind];
    const wrong = findings.filter(({ kind, severity }) => (shown ? shown.includes(kind) : severity === 'critical'));
    const says = wrong.length ? wrong.map(({ sentence }) => sentence).join('; ') : 'it answers, and the signs of the trouble are gone';
    say(incident, wrong.length === 0, wrong.map(({ kind, severity }) => `${kind} ${severity}`).join(), says);
    return findings;
  } catch (error) {
    say(incident, false, 'no answer', `it does not answer (${failureOf(error).message.slice(0, 300)})`);
    return null;
  }
}

/** A line in the timeline where another thing is wrong than before; new figures of the same are only shown. */
function say(incident: Incident, well: boolean, about: string, says: string): void {
  if (about !== incident.seenAbout) incident.note(well ? 'The database looks well' : 'The database is not well', says, well ? 'done' : 'failed');
  [incident.well, incident.seenAbout, incident.seen] = [well, about, says];
}

function propose(incident: Incident, findings: readonly Finding[]): void {
  if (incident.milestones.resolved) return;
  const tried = incident.runs.filter(({ outcome }, i) => outcome === null || i >= incident.runsBeforeItCameBack);
  for (const { kind, sentence, input = {} } of findings) {
    const runbook = PROPOSED[kind];
    if (!runbook || [...tried, ...incident.wanted].some((one) => one.runbook === runbook)) continue;
    incident.wanted.push({ runbook, input, by: null, reason: sentence });
    incident.state.touch();
  }
}

function judge(incident: Incident): void {
  const { milestones, well, saidOver, input } = incident;
  const bySigns = SHOWN_BY[input.kind] !== null;
  // What no sign shows is over when a person says so, whatever else is wrong with the database.
  const gone = well || !bySigns;
  if (milestones.resolved) {
    // What a person says of it when it is resolved already says more than an alert; it says nothing of what comes back later.
    if (gone && saidOver)
      [incident.cause, milestones.resolved] = [saidOver.reason, { ...milestones.resolved, by: saidOver.by, says: saidOver.reason }];
    incident.saidOver = null;
    if (!gone) reopen(incident);
    return;
  }
  if (!gone) {
    if (saidOver) incident.note('Not over yet', `${saidOver.by} said so, but ${incident.seen}`, 'failed');
    incident.saidOver = null;
    if (milestones.mitigated?.by === DATABASE) notMitigated(incident);
    return;
  }
  if (bySigns) incident.reach('mitigated', DATABASE, incident.seen);
  const over =
    saidOver ??
    (bySigns && incident.state.alerts.resolved !== null
      ? { by: 'alert', reason: `the alert has resolved (${incident.state.alerts.resolved}), and the database shows the same` }
      : null);
  if (!over) return;
  incident.cause = saidOver?.reason ?? incident.cause;
  incident.reach('mitigated', over.by, over.reason);
  incident.reach('resolved', over.by, over.reason);
  incident.saidOver = null;
  void withdrawProposals(incident, over.reason);
  void update(incident, `Resolved: ${over.reason}. It is watched for ${input.watchFor}`, null);
}

/** One good look must not silence those who are told of what is not mitigated. */
function notMitigated(incident: Incident): void {
  delete incident.milestones.mitigated;
  incident.note('Not mitigated any more', incident.seen, 'failed');
}

/** That the alert has resolved still counts: while it does not fire again, the next good look ends what a bad one has opened. */
function reopen(incident: Incident): void {
  delete incident.milestones.resolved;
  delete incident.milestones.mitigated;
  incident.runsBeforeItCameBack = incident.runs.length;
  incident.lookNow = true;
  incident.note('Open again', incident.seen, 'failed');
  void update(incident, `It is back: ${incident.seen}`, null);
}

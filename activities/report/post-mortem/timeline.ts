import type { StepRecord } from '../../../workflows/contracts/journal';
import { dateAndClock, decisionSentence } from '../facts';
import { isBeginKnown } from './summary';
import type { Material, Section } from './shape';
import { atStart, quoteStatement } from './words';

/** A post-mortem is read, not searched: of a longer timeline the middle stands in the record only. */
const MOST = 120;

interface Moment {
  readonly at: string;
  readonly says: string;
}

/** What happened, in order; lines that the next one repeats are left out. */
export function timelineOf(material: Material): Section {
  const { report, incident } = material;
  const moments: Moment[] = [
    ...(isBeginKnown(material) ? [{ at: incident.startsAt, says: 'The problem began, as the alert or the person who asked said.' }] : []),
    ...report.steps
      .filter((step, i) => !isRepeated(step, report.steps[i + 1]))
      .map((step) => ({ at: step.startedAt, says: sentenceOf(step, material) })),
    ...report.decisions.map((decision) => ({ at: decision.at, says: `${decisionSentence(decision)}.` })),
  ].sort((a, b) => a.at.localeCompare(b.at));
  const days = new Set(moments.map(({ at }) => at.slice(0, 10)));
  const [day] = days.size === 1 ? days : [];
  const lines = moments.map(({ at, says }) => `${day === undefined ? dateAndClock(at) : at.slice(11, 19)} – ${says}`);
  return {
    heading: 'Timeline',
    parts: [
      { says: `Times are UTC${day === undefined ? '' : ` on ${day}`}. Names are as people gave them (UNVERIFIED).` },
      { lines: middleLeftOut(lines, report.workflowId) },
    ],
  };
}

function middleLeftOut(lines: readonly string[], workflowId: string): string[] {
  const out = lines.length - MOST;
  if (out <= 0) return [...lines];
  return [...lines.slice(0, MOST / 2), `(${out} lines are left out here: runbook report ${workflowId})`, ...lines.slice(out + MOST / 2)];
}

function sentenceOf({ title, note = '', failure }: StepRecord, { incident, report }: Material): string {
  const rest = failure ? `${note} ${failure.type}: ${failure.message}` : note;
  // The id of a child says nothing to a reader; it stands under the actions.
  const child = incident.runs.find(({ workflowId }) => rest.startsWith(`${workflowId}: `));
  const says = quoteStatement(child ? rest.slice(child.workflowId.length + 2) : rest.replaceAll(`${report.workflowId}/`, ''));
  const named = titleOf(quoteStatement(title));
  return says ? `${named}: ${says}.` : `${named}.`;
}

/** The journal's titles in the words of a reader. */
function titleOf(title: string): string {
  if (title === 'Incident open') return 'The response began';
  if (title.startsWith('Incident ')) return atStart(title.slice('Incident '.length));
  return title.replace(/^Started (\w+)$/, 'Started the runbook $1').replace(/ ended: /, ' ended, ');
}

const REPEATED: readonly string[] = ['The database looks well', 'Said to be over'];

function isRepeated({ title, note = '' }: StepRecord, next: StepRecord | undefined): boolean {
  const core = title === 'Said to be over' ? note.slice(note.indexOf(': ') + 2) : note;
  return REPEATED.includes(title) && next?.note?.startsWith(core) === true && next.title.startsWith('Incident ');
}

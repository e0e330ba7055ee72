import { dateAndClock, decisionSentence } from '../facts';
import type { Material, Part, Section } from './shape';
import { quoteStatement } from './words';
import { pluralize } from '../../../workflows/pure/pluralize';

type ChildRun = Material['incident']['runs'][number];

/** Child runs that should fix something; the others only looked. */
export const mitigationsOf = ({ incident }: Material): ChildRun[] => incident.runs.filter(({ asked }) => asked !== 'diagnosis');

/** Those that did not end well, but for those that people rejected. */
export const selectFailed = (material: Material): ChildRun[] => mitigationsOf(material).filter(({ outcome }) => endOf(outcome) === 'failed');
export const selectRejected = (material: Material): ChildRun[] => mitigationsOf(material).filter(({ outcome }) => endOf(outcome) === 'rejected');

/** How a child run ended, in one word. */
function endOf(outcome: string | null): 'open' | 'done' | 'nothing' | 'rejected' | 'failed' {
  if (outcome === null) return 'open';
  if (outcome === 'done') return 'done';
  if (outcome === 'nothing to do') return 'nothing';
  return ['ApprovalRefused', 'ApprovalExpired'].includes(outcome) ? 'rejected' : 'failed';
}

/** What was done, by whom it was wanted, and how it ended. */
export function actionsOf(material: Material): Section {
  const { report, incident } = material;
  const { escalations, unheard, updates } = incident;
  const mitigations = mitigationsOf(material);
  const looks = incident.runs.filter((run) => !mitigations.includes(run));
  const parts: Part[] = [
    {
      label: 'Mitigations',
      ...linesOr(
        mitigations.map((run) => mitigationLine(run, material)),
        'No runbook was started to fix it.',
      ),
    },
    ...(looks.length ? [{ label: 'Diagnosis', lines: looks.map((run) => `${run.runbook}: ${endWords(run, material)}`) }] : []),
    {
      label: 'Escalations',
      ...linesOr(
        escalations.map(({ at, to, because }) => `${dateAndClock(at)}: ${quoteStatement(to)}, because ${quoteStatement(because)}.`),
        'Nobody had to be told beyond those who were told first.',
      ),
    },
    {
      label: 'Communication',
      lines: [
        `${pluralize(updates, 'status update')} to the stakeholders, beside the first message.`,
        ...(unheard.length
          ? [`NOT DELIVERED: no channel took ${pluralize(unheard.length, 'message')}: ${quoteStatement(unheard.slice(0, 20).join(', '))}.`]
          : ['No message is known to have been lost; whether they were read is not known.']),
      ],
    },
    ...(report.decisions.length
      ? [{ label: 'Decisions', lines: report.decisions.map((decision) => `${dateAndClock(decision.at)}: ${decisionSentence(decision)}.`) }]
      : []),
  ];
  return { heading: 'Actions taken', parts };
}

const linesOr = (lines: readonly string[], none: string): Part => (lines.length ? { lines } : { says: none });

function mitigationLine(run: ChildRun, material: Material): string {
  const wanted = run.asked === 'proposal' ? 'proposed by what the database showed' : 'asked for by a person';
  return `${run.runbook}, ${wanted} (${quoteStatement(run.why)}): ${endWords(run, material)} Its record: runbook report ${run.workflowId}`;
}

const WORDS = {
  open: 'had not ended when this record was made.',
  done: 'done.',
  nothing: 'ended without a change.',
  rejected: 'NOT DONE, its approval was rejected or expired.',
  failed: 'FAILED',
} as const;

/** The run's own sentence where it can be told from those of other runs of the same runbook. */
function endWords({ runbook, outcome }: ChildRun, { report, incident }: Material): string {
  const end = endOf(outcome);
  const alike = incident.runs.filter(
    (run) => run.runbook === runbook && (endOf(run.outcome) === 'done') === (end === 'done') && run.outcome !== null,
  );
  const title = end === 'done' || end === 'nothing' ? `${runbook} ended: ${outcome ?? ''}` : `${runbook} did not end well`;
  const notes = report.steps.filter((step) => step.title === title).map(({ note }) => note ?? '');
  const own = alike.length === 1 && notes.length === 1 && notes[0] ? ` ${quoteStatement(notes[0])}.` : '';
  return `${WORDS[end]}${end === 'failed' ? (own ? ':' : ` (${outcome ?? ''}).`) : ''}${end === 'open' ? '' : own}`;
}

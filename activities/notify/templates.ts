import type { Notification } from '../../workflows/contracts/notification';
import { onOneLine, printable, shorten } from '../report/printable';
import { approveCommand, runLink } from './ways-to-run';

/** A label with what it says, each on one line. */
export interface Fact {
  readonly label: string;
  readonly value: string;
}

/** A message in words, not yet escaped: each channel escapes what it shows for its own readers. */
export interface Rendered {
  /** One line. */
  readonly subject: string;
  readonly facts: readonly Fact[];
  /** Statements or commands to read or to copy, each with what it is. */
  readonly blocks: readonly { readonly title: string; readonly text: string }[];
  /** The run in the Temporal UI. */
  readonly link: string | null;
}

/** What a message says beyond its notification. */
export interface Around {
  readonly ui: { readonly url: string; readonly namespace: string } | null;
  /** Set where nobody is configured for the recipient: who gets it instead. */
  readonly insteadOf: string | null;
}

/** Words a notification after its template. */
export function renderTemplate(notification: Notification, { ui, insteadOf }: Around): Rendered {
  const { title, target, runId, state, nextAction, deadline, over } = notification;
  const said: readonly (Fact | null)[] = [
    ...bodyFacts(notification),
    fact('Target', target),
    fact('Run', runId),
    fact('State', over ? `${state} (over)` : state),
    fact('Next', nextAction ?? (over ? null : 'nothing to do for you now')),
    fact('Until', deadline && moment(deadline)),
    fact('For', insteadOf && `${insteadOf} (notify.yaml names no such recipient, so it came here)`),
  ];
  return {
    subject: shorten(onOneLine(subjectOf(notification, title)), 400),
    facts: said.filter((one) => one !== null),
    blocks: blocksOf(notification).map((block) => ({ ...block, text: shorten(printable(block.text), 2_000) })),
    link: runId === null || ui === null ? null : runLink(ui, runId),
  };
}

function subjectOf({ body }: Notification, title: string): string {
  if (body.template === 'update') return `${title} - Update #${body.number}`;
  if (body.template === 'approval request') return `${title} - Approval needed`;
  if (body.template === 'escalation') return `${title} - Escalation, level ${body.level}`;
  return title;
}

function bodyFacts({ body }: Notification): readonly (Fact | null)[] {
  switch (body.template) {
    case 'incident':
      return [
        fact('Impact', body.impact),
        fact('Status', body.status),
        fact('ETA', body.mitigateBy && `mitigated by ${moment(body.mitigateBy)}`),
        fact('Affected', body.affected),
      ];
    case 'update':
      return [fact('Status', body.status), fact('ETA', body.eta), fact('Next update', body.nextUpdateAt && moment(body.nextUpdateAt))];
    case 'resolution':
      return [
        fact('Issue', body.issue),
        fact('Resolution', body.resolution),
        fact('Duration', `${Math.round(body.minutes * 10) / 10} minutes`),
        fact('Post-mortem', body.review),
      ];
    case 'approval request':
      return [
        fact('Gate', `${body.number} of ${body.of}: ${body.gate}`),
        fact('Plan', `${body.plan.slice(0, 8)}, made ${moment(body.planMadeAt)}`),
        fact('Approvals needed', String(body.needed)),
      ];
    case 'escalation':
      return [fact('Because', body.because), fact('Open since', moment(body.since))];
  }
}

function blocksOf({ body, runId }: Notification): readonly { readonly title: string; readonly text: string }[] {
  if (body.template !== 'approval request') return [];
  const statements = body.statements.map((text) => ({ title: 'Statement', text }));
  if (runId === null) return statements;
  const plan = body.plan.slice(0, 8);
  return [
    ...statements,
    { title: 'To approve on the command line', text: approveCommand(runId, { plan, gate: body.number }) },
    {
      title: 'To approve in the Temporal UI: open the run, "Send an Update", name "approve", input',
      text: JSON.stringify({ plan, gate: body.number, by: 'your name' }),
    },
  ];
}

// On one line: what a database or a person wrote must not look like a fact of ours.
const fact = (label: string, value: string | null): Fact | null => (value ? { label, value: shorten(onOneLine(value), 2_000) } : null);

/** A moment as people on several continents read it alike. */
const moment = (at: string): string => `${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} UTC`;

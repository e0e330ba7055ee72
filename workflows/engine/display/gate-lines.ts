import type { Decision, PlannedStep } from '../../contracts/journal';
import { pluralize } from '../../pure/pluralize';
import { inWords } from '../../pure/span';
import { nameGate, showTitle, type Gate } from '../gates/gate';
import { whyNobodyMayApprove } from '../gates/situation';
import type { RunState } from '../run/state';
import { clock, safe } from './markdown';

/** What an open gate asks, until when, and the JSON to send. */
export function gateLines(state: RunState): string[] {
  const { open: gate, approvals, decisions } = state.gates;
  if (!gate) return [];
  const blocked = whyNobodyMayApprove(state);
  const by = approvals.map((decision) => safe(decision.by)).join(', ');
  return [
    `### Your decision, ${nameGate(gate)}: ${safe(showTitle(gate))}`,
    `Approved by ${by || 'nobody yet'} of ${gate.quorum} needed. It closes at ${clock(Date.parse(gate.openedAt) + gate.deadlineMs)}, ` +
      `${inWords(gate.deadlineMs)} after it opened (later by the length of a pause); then the run rolls back.`,
    ...(blocked ? [`**No approval counts here.** ${safe(blocked)}`] : []),
    `Send **approve** \`${approvalJson(gate)}\` or **reject** \`{"by":"you","reason":"…"}\`. Also **pause**, **rollback**, **abandon**, each with \`{"by":"you","reason":"…"}\`.`,
    ...(gate.choices.length ? [`Choices: ${gate.choices.map(safe).join(', ')}`] : []),
    ...decisions.filter(isRefused).slice(-2).map(refusalLine),
  ];
}

function approvalJson({ hash, number, choices }: Gate): string {
  return JSON.stringify({ plan: hash.slice(0, 8), gate: number, by: 'you', ...(choices.length ? { choice: choices[0] } : {}) });
}

const isRefused = (decision: Decision): boolean => decision.refused !== undefined;
const refusalLine = ({ kind, by, refused }: Decision): string => `Not counted: ${kind} by ${safe(by)}: ${safe(refused ?? '')}`;

/** What the plan changes, as far as it fits. */
export function planLines({ plan }: RunState): string[] {
  const changes = plan?.steps.filter((step) => step.write || step.child) ?? [];
  return ['### The plan', ...changes.slice(0, 8).map(planLine), ...(changes.length > 8 ? [`… and ${changes.length - 8} more: query **plan**`] : [])];
}

function planLine({ title, write, child, times }: PlannedStep): string {
  if (!write) return `- ${safe(title)} (child run, plan ${child?.slice(0, 8) ?? ''})`;
  const undo = 'by' in write.undo ? `undo: ${write.undo.by}` : `no undo: ${safe(write.undo.none)}`;
  const repeated = times > 1 ? `, up to ${times} times` : '';
  const facts = `${pluralize(write.before.count, 'row')} found; locks: ${safe(write.locks)}; ${undo}${write.irreversible ? ' · **point of no return**' : ''}`;
  return `- **${safe(title)}**${repeated}: ${facts}${firstStatement(write.statements)}`;
}

/** The first statement of a step; a cut, and how many more there are, is said. */
function firstStatement(statements: readonly string[]): string {
  const [first] = statements;
  if (!first) return '';
  const shown = first.slice(0, 240);
  const cut = shown.length < first.length ? ' … (cut)' : '';
  const more = statements.length > 1 ? `\n\n1 of ${statements.length} statements; all of them: query **plan**` : '';
  return `\n\n\`\`\`\n${shown.replaceAll('```', "'''")}${cut}\n\`\`\`${more}`;
}

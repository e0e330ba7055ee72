import { setCurrentDetails } from '@temporalio/workflow';
import { MARKS, type PlannedStep } from '../../contracts/journal';
import { inWords } from '../../pure/span';
import type { RunState } from '../run/state';

/** The Temporal UI carries the text in a URL: more than this would be cut by proxies. */
const MAX_BYTES = 3_900;

/** Writes the live dashboard of the run: Markdown without tables, shown by the Temporal UI under "Current Details". */
export function refreshDashboard(state: RunState): void {
  setCurrentDetails(fitted(dashboard(state)));
}

function dashboard(state: RunState): string {
  const { header, briefing } = state;
  const identity = briefing?.identity;
  return [
    `## ${header.title} on ${safe(state.target)}`,
    `**${state.phase}** · risk ${header.risk} · written ${new Date().toISOString().slice(11, 19)} UTC`,
    state.breakGlass && `**${safe(state.breakGlass)}**`,
    identity &&
      `${safe(identity.environment)} · database ${safe(identity.database)} · ${identity.role} ${safe(identity.address)} · PostgreSQL ${safe(identity.version)} · system ${identity.systemIdentifier}`,
    state.plan && `Plan \`${state.plan.hash.slice(0, 8)}\``,
    ...state.extension.show(),
    ...whatNow(state),
    ...(state.gates.open ? planLines(state) : []),
    '### Steps',
    ...stepLines(state),
  ]
    .filter((line) => typeof line === 'string' && line !== '')
    .join('\n\n');
}

function whatNow(state: RunState): string[] {
  const lines: string[] = [];
  if (state.hold.paused) lines.push(`### Paused by ${safe(state.hold.paused.by)}`, 'Send **resume** `{"by":"you"}` to go on.');
  const writes = state.journal.steps.findLast((step) => step.verified?.includes('takes writes'))?.verified;
  if (writes) lines.push(`### Now: ${safe(writes)}`);
  if (state.lock.waitingFor) lines.push('### Waiting for the target lock', safe(state.lock.waitingFor));
  const gate = state.gates.open;
  if (gate) {
    lines.push(
      `### Your decision: ${safe(gate.title)}`,
      `Approved by ${state.gates.approvals.map((decision) => safe(decision.by)).join(', ') || 'nobody yet'} of ${gate.quorum} needed; open since ${gate.openedAt.slice(11, 16)} UTC for at most ${inWords(gate.deadlineMs)} of unpaused time, then it rolls back.`,
      `Send **approve** \`{"plan":"${gate.hash.slice(0, 8)}","by":"you"${gate.choices.length ? `,"choice":"${gate.choices[0] ?? ''}"` : ''}}\` or **reject** \`{"by":"you","reason":"…"}\`.`,
    );
    if (gate.choices.length) lines.push(`Choices: ${gate.choices.map(safe).join(', ')}`);
    for (const decision of state.gates.decisions.filter((made) => made.refused).slice(-2))
      lines.push(`Not counted: ${decision.kind} by ${safe(decision.by)}: ${safe(decision.refused ?? '')}`);
  }
  const { parked } = state.hold;
  if (parked) {
    lines.push(
      `### Needs an operator: ${safe(parked.title)}`,
      `**${parked.failure.type}** ${safe(parked.failure.message)}`,
      `Send one of **${parked.choices.join('**, **')}** \`{"by":"you","reason":"…"}\`.`,
    );
  }
  const { pointOfNoReturn, openTitles } = state.effects;
  if (pointOfNoReturn) lines.push(`**Past the point of no return** (${safe(pointOfNoReturn)}): cancel and rollback are refused.`);
  if (openTitles.length) lines.push(`Open undos: ${openTitles.map(safe).join(', ')}`);
  if (state.ending.outcome) lines.push(`### ${state.ending.outcome}`, safe(state.ending.summary));
  return lines;
}

function planLines(state: RunState): string[] {
  const writes = state.plan?.steps.filter((step) => step.write || step.child) ?? [];
  return ['### The plan', ...writes.slice(0, 8).map(planLine), ...(writes.length > 8 ? [`… and ${writes.length - 8} more: query **plan**`] : [])];
}

function planLine(step: PlannedStep): string {
  const write = step.write;
  if (!write) return `- ${safe(step.title)} (child run, plan ${step.child?.slice(0, 8) ?? ''})`;
  const back = 'by' in write.undo ? `undo: ${write.undo.by}` : `no undo: ${safe(write.undo.none)}`;
  const times = step.times > 1 ? `, up to ${step.times} times` : '';
  const statement = write.statements[0] ? `\n\n\`\`\`\n${write.statements[0].slice(0, 240).replaceAll('```', "'''")}\n\`\`\`` : '';
  return `- **${safe(step.title)}**${times}: ${write.before.count} found; locks: ${safe(write.locks)}; ${back}${write.irreversible ? ' · **point of no return**' : ''}${statement}`;
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

/** Text from a database or a person, without what Markdown or HTML would act on. */
export function safe(text: string): string {
  return text.replace(/[\\`*_[\]<>|#]/g, (sign) => `\\${sign}`).replace(/[\r\n]+/g, ' ');
}

function fitted(text: string): string {
  if (new TextEncoder().encode(text).length <= MAX_BYTES) return text;
  let end = Math.min(text.length, MAX_BYTES);
  while (new TextEncoder().encode(text.slice(0, end)).length > MAX_BYTES - 60) end -= 50;
  const cut = text.slice(0, end);
  // An open code fence would swallow the last line.
  const fences = (cut.match(/```/g) ?? []).length;
  return `${cut}${fences % 2 ? '\n```' : ''}\n\n… cut here: query **status**, **plan** or **journal**`;
}

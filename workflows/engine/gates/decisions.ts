import type { Message, MessageKind, Receipt } from '../../contracts/messages';
import type { Decision } from '../../contracts/journal';
import type { MessageRef } from '../../contracts/run-services';
import { now } from '../run/journal';
import type { RunState } from '../run/state';
import { nameGate } from './gate';
import { whyNotCounted } from './rules';
import { findApprovableGate, isNobodyAttested, situationOf } from './situation';

type AnyMessage = Message<MessageKind>;
type Answer = Omit<Receipt, 'accepted'>;

/** Why a message cannot be taken now, or null. Cheap and pure: it runs as an Update's validator. */
export function whyRefused(state: RunState, kind: MessageKind, message: AnyMessage): string | null {
  const { ending, hold, effects, gates } = state;
  const { paused, parked } = hold;
  if (ending.outcome) return `The run has ended (${ending.outcome}).`;
  if (ending.rollingBack && !parked) return 'It is rolling back; wait for its end.';
  if (kind === 'pause') return paused ? `It is paused already, by ${paused.by}.` : null;
  if (kind === 'resume') return paused ? null : 'It is not paused, so there is nothing to resume.';
  if (kind === 'approve') return whyApprovalRefused(state, message as Message<'approve'>);
  if (kind === 'reject') return gates.open ? null : 'No gate is open, so there is nothing to reject. Use rollback or abandon.';
  if (kind === 'rollback' && effects.approaching)
    return `It is past the point of no return (${effects.approaching}) or just before it: the step is at work. Ask again when it has answered; a cancellation stops it if nothing was sent yet.`;
  if (kind === 'rollback' && effects.pointOfNoReturn)
    return `It is past the point of no return (${effects.pointOfNoReturn}); ${describeOpen(state)} Forward or abandon remain.`;
  if (kind === 'rollback' || kind === 'abandon') return parked && !parked.choices.includes(kind) ? sayOffered(state, kind) : null;
  if (!parked) return `No step waits for an operator, so there is nothing to ${kind}.`;
  return parked.choices.includes(kind) ? null : sayOffered(state, kind);
}

/** Asks the rules, as far as the sender is known now: where nobody is attested it is the last word. */
function whyApprovalRefused(state: RunState, { plan, gate, by, choice }: Message<'approve'>): string | null {
  const assurance = isNobodyAttested(state) ? 'claimed' : null;
  const { approvals, pending } = state.gates;
  return whyNotCounted({ plan, gate, by, choice, assurance }, situationOf(state, [...approvals, ...pending]));
}

/** Records a decision that was not refused, and lets it take effect; answers with the receipt. */
export function decide(state: RunState, kind: MessageKind, message: AnyMessage, ref: MessageRef): Answer {
  const decision = decisionOf(state, kind, message, ref);
  state.gates.record(decision);
  if (kind === 'approve') return takeApproval(state, decision, ref);
  return { message: kind === 'reject' ? takeRejection(state, decision, ref) : takeOrder(state, kind, decision) };
}

function takeApproval(state: RunState, decision: Decision, message: MessageRef): Answer {
  const gate = findApprovableGate(state);
  const isOpen = state.gates.open !== null;
  state.gates.receive({ decision, message });
  const approval = `Your approval of plan ${decision.plan?.slice(0, 8) ?? ''} at ${gate ? `${nameGate(gate)}, "${gate.title}",` : 'its gate'}`;
  if (!isOpen) return { message: `${approval} is kept; it counts when that gate opens on this plan.` };
  if (isNobodyAttested(state)) return { message: `${approval} is recorded and counts.` };
  return {
    message: `${approval} is recorded. It counts once the Temporal server has said who sent it.`,
    decision: state.gates.decisions.length,
  };
}

function takeRejection(state: RunState, decision: Decision, message: MessageRef): string {
  state.gates.receive({ decision, message });
  return 'Rejected; the run rolls back.';
}

function takeOrder(state: RunState, kind: Exclude<MessageKind, 'approve' | 'reject'>, decision: Decision): string {
  const { by, at, reason } = decision;
  const { hold, journal } = state;
  if (kind === 'pause') {
    hold.pause({ by, at, ...(reason ? { reason } : {}) });
    journal.note(`Paused by ${by}`, reason ?? '');
    return state.phase === 'running' ? 'Paused; the step that runs now ends first.' : 'Paused; deadlines stand still.';
  }
  if (kind === 'resume') {
    hold.resume();
    journal.note(`Resumed by ${by}`, reason ?? '');
    return 'It goes on.';
  }
  const { parked } = hold;
  if (parked) {
    hold.choose(kind, decision);
    return `The choice for "${parked.title}" is ${kind}.`;
  }
  const because = `${by}: ${reason ?? 'no reason given'}`;
  state.ending.ask({ how: kind === 'abandon' ? 'abandon' : 'roll back', because });
  return kind === 'abandon'
    ? 'It ends where it stands, after the step that runs now; nothing is undone.'
    : 'It rolls back after the step that runs now.';
}

function decisionOf(state: RunState, kind: MessageKind, message: AnyMessage, ref: MessageRef): Decision {
  const isAboutGate = kind === 'approve' || kind === 'reject';
  const gate = findApprovableGate(state);
  const about = isAboutGate || state.gates.open ? gate?.title : state.hold.parked?.title;
  const reason = 'reason' in message ? message.reason : 'comment' in message ? message.comment : undefined;
  return {
    kind,
    by: message.by,
    at: now(),
    ...(reason ? { reason } : {}),
    ...(about ? { gate: about } : {}),
    ...(isAboutGate && gate ? { gateNumber: gate.number } : {}),
    ...('plan' in message ? { plan: message.plan } : {}),
    ...('choice' in message && message.choice ? { choice: message.choice } : {}),
    via: 'update' in ref ? 'update' : 'signal',
    assurance: 'claimed',
    ...(isAboutGate ? { pending: true as const } : {}),
  };
}

const sayOffered = (state: RunState, kind: string): string =>
  `${kind} is not possible for "${state.hold.parked?.title ?? ''}"; choose ${state.hold.parked?.choices.join(', ') ?? ''}.`;

function describeOpen(state: RunState): string {
  const open = state.effects.openTitles;
  return open.length ? `still open: ${open.join(', ')}.` : 'nothing that could be undone is open.';
}

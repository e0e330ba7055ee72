import type { Message, MessageKind } from '../../contracts/messages';
import type { Decision } from '../../contracts/journal';
import type { MessageRef } from '../../contracts/run-services';
import { isSamePerson } from './people';
import { now } from '../run/journal';
import type { RunState } from '../run/state';

type AnyMessage = Message<MessageKind>;

/** Why a message cannot be taken now, or null. Cheap and pure: it runs as an Update's validator. */
export function refusalOf(state: RunState, kind: MessageKind, message: AnyMessage): string | null {
  const { ending, hold, effects, gates } = state;
  const { paused, parked } = hold;
  if (ending.outcome) return `The run has ended (${ending.outcome}).`;
  if (ending.rollingBack && !parked) return 'It is rolling back; wait for its end.';
  if (kind === 'pause') return paused ? `It is paused already, by ${paused.by}.` : null;
  if (kind === 'resume') return paused ? null : 'It is not paused, so there is nothing to resume.';
  if (kind === 'approve') return refusedApproval(state, message as Message<'approve'>);
  if (kind === 'reject') return gates.open ? null : 'No gate is open, so there is nothing to reject. Use rollback or abandon.';
  if (kind === 'rollback' && effects.pointOfNoReturn)
    return `It is past the point of no return (${effects.pointOfNoReturn}); ${openSentence(state)} Forward or abandon remain.`;
  if (kind === 'rollback' || kind === 'abandon') return parked && !parked.choices.includes(kind) ? notOffered(state, kind) : null;
  if (!parked) return `No step waits for an operator, so there is nothing to ${kind}.`;
  return parked.choices.includes(kind) ? null : notOffered(state, kind);
}

/** Records a decision that was not refused, and lets it take effect; answers with the receipt's sentence. */
export function decide(state: RunState, kind: MessageKind, message: AnyMessage, ref: MessageRef): string {
  const decision = decisionOf(state, kind, message, ref);
  state.gates.record(decision);
  const because = `${decision.by}: ${decision.reason ?? 'no reason given'}`;
  if (kind === 'pause') {
    state.hold.pause({ by: decision.by, at: decision.at, ...(decision.reason ? { reason: decision.reason } : {}) });
    state.journal.note(`Paused by ${decision.by}`, decision.reason ?? '');
    return state.phase === 'running' ? 'Paused; the step that runs now ends first.' : 'Paused; deadlines stand still.';
  }
  if (kind === 'resume') {
    state.hold.resume();
    state.journal.note(`Resumed by ${decision.by}`, decision.reason ?? '');
    return 'It goes on.';
  }
  if (kind === 'approve' || kind === 'reject') return decideGate(state, decision, ref);
  const { parked } = state.hold;
  if (parked) {
    state.hold.choose(kind, decision);
    return `The choice for "${parked.title}" is ${kind}.`;
  }
  state.ending.ask({ how: kind === 'abandon' ? 'abandon' : 'roll back', because });
  return kind === 'abandon'
    ? 'It ends where it stands, after the step that runs now; nothing is undone.'
    : 'It rolls back after the step that runs now.';
}

function decideGate(state: RunState, decision: Decision, ref: MessageRef): string {
  const gate = state.gates.open;
  state.gates.receive({ decision, message: ref });
  if (!gate) {
    return 'The approval is kept; it counts when the first gate opens on this plan.';
  }
  if (decision.kind === 'reject') return `Rejected; the run rolls back.`;
  return `Your approval of plan ${gate.hash.slice(0, 8)} for "${gate.title}" is recorded.`;
}

function refusedApproval(state: RunState, message: Message<'approve'>): string | null {
  const { plan, gates } = state;
  const gate = gates.open;
  if (!plan) return 'There is no plan yet: the rehearsal is not finished.';
  if (!plan.hash.startsWith(message.plan))
    return `The current plan is ${plan.hash.slice(0, 8)}, and you approve ${message.plan.slice(0, 8)}. Look at the plan again, then approve what it says now.`;
  if (state.header.approval?.fourEyes && state.options.by && isSamePerson({ by: message.by }, { by: state.options.by })) {
    return `${message.by} asked for this run; another person must approve it.`;
  }
  if (!gate) return gates.passed === 0 && state.phase !== 'running' ? null : 'No gate is open now.';
  if (message.gate !== undefined && message.gate !== gate.title)
    return `The open gate is "${gate.title}", and you approve "${message.gate}". Look at the plan again, then approve what is asked now.`;
  if ([...gates.approvals, ...gates.pending].some((decision) => isSamePerson(decision, message)))
    return `${message.by} has approved this gate already; ${gate.quorum} different people are needed.`;
  if (gate.choices.length && !(message.choice && gate.choices.includes(message.choice)))
    return `This gate wants a choice: one of ${gate.choices.join(', ')}.`;
  if (!gate.choices.length && message.choice) return 'This gate has no choices.';
  return null;
}

function decisionOf(state: RunState, kind: MessageKind, message: AnyMessage, ref: MessageRef): Decision {
  const about = state.gates.open?.title ?? (kind === 'approve' ? (message as Message<'approve'>).gate : state.hold.parked?.title);
  const reason = 'reason' in message ? message.reason : 'comment' in message ? message.comment : undefined;
  return {
    kind,
    by: message.by,
    at: now(),
    ...(reason ? { reason } : {}),
    ...(about ? { gate: about } : {}),
    ...('plan' in message ? { plan: message.plan } : {}),
    ...('choice' in message && message.choice ? { choice: message.choice } : {}),
    via: 'update' in ref ? 'update' : 'signal',
    assurance: 'claimed',
  };
}

const notOffered = (state: RunState, kind: string): string =>
  `${kind} is not possible for "${state.hold.parked?.title ?? ''}"; choose ${state.hold.parked?.choices.join(', ') ?? ''}.`;

function openSentence(state: RunState): string {
  const open = state.effects.openTitles;
  return open.length ? `still open: ${open.join(', ')}.` : 'nothing that could be undone is open.';
}

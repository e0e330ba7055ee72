import type { Decision } from '../../contracts/journal';
import { milliseconds } from '../../pure/span';
import { isWithdrawn, leaveIfWithdrawn } from '../run/alert-news';
import { refreshDashboard } from '../display/dashboard';
import { Exit, flowError } from '../run/exit';
import { samePerson, type Gate } from './gate';
import { now } from '../run/journal';
import { reportOf } from '../run/report';
import { attribution, store } from '../run/services';
import type { RunState } from '../run/state';
import { showPhase } from '../display/search-attributes';
import { waitAtMost } from '../run/pause';

/** What a gate demands where a header says nothing. */
export const DEFAULT_POLICY = { quorum: 1, expiresAfter: '1 hour', validFor: '30 minutes', fourEyes: false } as const;

/** Opens a gate on the current plan and waits for people; leaves the flow on a rejection or at the deadline. Returns the chosen choice. */
export async function openGate(state: RunState, key: string, title: string, choices: readonly string[] = []): Promise<string> {
  const { plan } = state;
  if (!plan) throw flowError(`The gate "${title}" has no plan to approve.`);
  leaveIfWithdrawn(state, title);
  const policy = { ...DEFAULT_POLICY, ...state.header.approval };
  const gate: Gate = {
    key,
    title,
    hash: plan.hash,
    quorum: policy.quorum,
    choices,
    deadlineMs: milliseconds(policy.expiresAfter),
    openedAt: now(),
    arrived: [],
    approvals: [],
    rejection: null,
  };
  if (state.gatesPassed === 0) gate.arrived.push(...state.early.splice(0).filter(({ decision }) => plan.hash.startsWith(decision.plan ?? '-')));
  const before = state.phase;
  state.gate = gate;
  showPhase(state, 'awaiting-approval');
  refreshDashboard(state);
  await store(reportOf(state));
  try {
    await decided(state, gate);
  } finally {
    state.gate = null;
  }
  state.gatesPassed++;
  state.lastGate = { title, hash: plan.hash, at: Date.now() };
  showPhase(state, before === 'awaiting-approval' ? 'running' : before);
  refreshDashboard(state);
  return decisive(gate) ?? '';
}

/** Before each change: the last approval must be of this very plan and not too old; otherwise it is asked again. */
export async function ensureFreshApproval(state: RunState): Promise<void> {
  const why = staleness(state);
  if (why === null) return;
  const title = state.lastGate?.title ?? 'the plan';
  state.journal.note(`Asking again: ${title}`, why);
  await openGate(state, `again: ${title}`, `${title} (${why})`);
}

/** Why the last approval does not count for the next change; null when it does, or none was ever asked for. */
export function staleness(state: RunState): string | null {
  const { lastGate, plan, options } = state;
  if (!plan || approvedByParent(state)) return null;
  // A child's gates were covered by its parent; a plan that the parent's approval does not bind is asked for here.
  if (!lastGate) return options.parent?.plan && options.mode === 'execute' ? 'it has changed since the parent run was approved' : null;
  if (lastGate.hash !== plan.hash) return 'the plan has changed';
  const validFor = milliseconds(state.header.approval?.validFor ?? DEFAULT_POLICY.validFor);
  return Date.now() - lastGate.at <= validFor ? null : 'the approval is too old';
}

/** Whether a parent's gate covers this plan: the hash stood in the parent's plan. */
export const approvedByParent = (state: RunState): boolean => state.options.parent?.plan != null && state.options.parent.plan === state.plan?.hash;

async function decided(state: RunState, gate: Gate): Promise<void> {
  const complete = (): boolean => decisive(gate) !== null;
  let left = gate.deadlineMs;
  // A rejection that arrives while an approval is looked up still counts.
  while (!complete() || gate.arrived.length > 0) {
    const waited = await waitAtMost(state, left, () => gate.arrived.length > 0 || isWithdrawn(state), `gate: ${gate.title}`);
    left = waited.left;
    if (gate.arrived.length === 0) leaveIfWithdrawn(state, gate.title);
    // An answer that came in the same moment as the deadline counts: it was sent in time.
    if (!waited.inTime && gate.arrived.length === 0) {
      throw new Exit(
        'roll back',
        { type: 'ApprovalExpired', message: `Nobody decided "${gate.title}" in time.` },
        `Nobody decided "${gate.title}" in time; that never means yes.`,
      );
    }
    await attribute(state, gate);
    if (gate.rejection) {
      const { by, reason } = gate.rejection;
      throw new Exit(
        'roll back',
        { type: 'ApprovalRefused', message: `${by} rejected "${gate.title}": ${reason ?? ''}` },
        `${by} rejected "${gate.title}": ${reason ?? ''}`,
      );
    }
  }
}

/** The choice that enough people approved ('' for a gate without choices), or null while there is none. */
function decisive(gate: Gate): string | null {
  const choices = gate.choices.length ? gate.choices : [''];
  return choices.find((choice) => gate.approvals.filter((approval) => (approval.choice ?? '') === choice).length >= gate.quorum) ?? null;
}

/** Looks up who sent the decisions that arrived, and lets those count that may. */
async function attribute(state: RunState, gate: Gate): Promise<void> {
  const arrived = gate.arrived.splice(0);
  const found = await attribution.attributeDecisions({ messages: arrived.map(({ message }) => message) });
  arrived.forEach(({ decision }, i) => {
    const attested: Decision = { ...decision, ...(found[i] ?? { assurance: 'claimed' as const }), gate: gate.title };
    const refused = attested.kind === 'reject' ? null : whyNotCounted(state, gate, attested, decision.gate);
    const recorded: Decision = refused ? { ...attested, refused } : attested;
    state.decisions[state.decisions.indexOf(decision)] = recorded;
    state.journal.note(
      `${recorded.kind === 'reject' ? 'Rejected' : refused ? 'Approval not counted' : 'Approved'} by ${recorded.by}`,
      `${gate.title}${refused ? `: ${refused}` : ''}${recorded.assurance === 'claimed' ? ' (UNVERIFIED name)' : ''}`,
      refused ? 'failed' : 'done',
    );
    if (recorded.kind === 'reject') gate.rejection = recorded;
    else if (!refused) gate.approvals.push(recorded);
  });
  refreshDashboard(state);
}

function whyNotCounted(state: RunState, gate: Gate, decision: Decision, named: string | undefined): string | null {
  if (named !== undefined && named !== gate.title) return `it names the gate "${named}"`;
  if (gate.choices.length && !gate.choices.includes(decision.choice ?? '')) return `this gate wants one of ${gate.choices.join(', ')}`;
  if (!gate.choices.length && decision.choice) return 'this gate has no choices';
  if (gate.approvals.some((earlier) => samePerson(earlier, decision))) return 'the same person has approved already';
  const requester = state.options.by;
  if (state.header.approval?.fourEyes && requester && samePerson({ by: requester }, decision)) return 'who asks for the run may not approve it';
  const forGood = state.plan?.steps.some((step) => step.write?.irreversible) ?? false;
  if (forGood && decision.assurance === 'claimed' && state.briefing?.claimedApprovalsCount === false) {
    return 'this is a production target and the plan has a point of no return: a name that nobody attests does not count (targets.yaml: approvals: claimed would allow it)';
  }
  return null;
}

import type { Decision } from '../../contracts/journal';
import { milliseconds } from '../../pure/span';
import { isWithdrawn, leaveIfWithdrawn } from '../run/alert-news';
import { refreshDashboard } from '../display/dashboard';
import { giveBackLock } from '../lock/lock-client';
import { Exit, flowError } from '../run/exit';
import { nameGate, showTitle, type Gate } from './gate';
import { now } from '../run/journal';
import { reportOf } from '../run/report';
import { attribution, store } from '../run/services';
import type { RunState } from '../run/state';
import { showPhase } from '../display/search-attributes';
import { waitAtMost } from '../run/pause';
import { whyNotCounted } from './rules';
import { isNobodyAttested, situationOf } from './situation';

/** What a gate demands where a header says nothing. */
export const DEFAULT_POLICY = { quorum: 1, expiresAfter: '1 hour', validFor: '30 minutes', fourEyes: false } as const;

/** Opens a gate on the current plan and waits for people; leaves the flow on a rejection or at the deadline. Returns the chosen choice. */
export async function askPeople(state: RunState, about: Pick<Gate, 'key' | 'title' | 'again' | 'choices'>): Promise<string> {
  const { plan } = state;
  const { title } = about;
  if (!plan) throw flowError(`The gate "${title}" has no plan to approve.`);
  leaveIfWithdrawn(state, title);
  const policy = { ...DEFAULT_POLICY, ...state.header.approval };
  const gate = state.gates.openGate(
    {
      ...about,
      hash: plan.hash,
      quorum: policy.quorum,
      deadlineMs: milliseconds(policy.expiresAfter),
      openedAt: now(),
    },
    plan.steps,
  );
  const before = state.phase;
  showPhase(state, 'awaiting-approval');
  refreshDashboard(state);
  await store(reportOf(state));
  let choice: string;
  try {
    choice = await awaitApprovals(state, gate);
    state.gates.pass(Date.now());
  } finally {
    state.gates.close();
  }
  showPhase(state, before === 'awaiting-approval' ? 'running' : before);
  refreshDashboard(state);
  return choice;
}

/** Before each change: the last approval must be of this very plan and not too old; otherwise it is asked again. */
export async function ensureFreshApproval(state: RunState): Promise<void> {
  const why = findStaleness(state);
  if (why === null) return;
  const title = state.gates.last?.title ?? 'the plan';
  await giveBackLock(state);
  state.journal.note(`Asking again: ${title}`, why);
  await askPeople(state, { key: `again: ${title}`, title, again: why, choices: [] });
}

/** Why the last approval does not count for the next change; null when it does, or none was ever asked for. */
export function findStaleness(state: RunState): string | null {
  const { gates, plan, options } = state;
  if (!plan || isApprovedByParent(state)) return null;
  // A child's gates were covered by its parent; a plan that the parent's approval does not bind is asked for here.
  if (!gates.last) return options.parent?.plan && options.mode === 'execute' ? 'it has changed since the parent run was approved' : null;
  const validForMs = milliseconds(state.header.approval?.validFor ?? DEFAULT_POLICY.validFor);
  return gates.findStaleness(plan.hash, { now: Date.now(), validForMs });
}

/** Whether a parent's gate covers this plan: the hash stood in the parent's plan. */
export const isApprovedByParent = (state: RunState): boolean => state.options.parent?.plan != null && state.options.parent.plan === state.plan?.hash;

/** Waits until enough people approved the same; answers with what they chose. */
async function awaitApprovals(state: RunState, gate: Gate): Promise<string> {
  const { gates } = state;
  const title = showTitle(gate);
  let left = gate.deadlineMs;
  // A rejection that arrives while an approval is looked up still counts.
  for (;;) {
    const choice = gates.findChoice();
    if (choice !== null && gates.pending.length === 0) return choice;
    const waited = await waitAtMost(state, left, () => gates.pending.length > 0 || isWithdrawn(state), `${nameGate(gate)}: ${title}`);
    left = waited.left;
    if (gates.pending.length === 0) leaveIfWithdrawn(state, title);
    // An answer that came in the same moment as the deadline counts: it was sent in time.
    if (!waited.inTime && gates.pending.length === 0) {
      throw new Exit(
        'roll back',
        { type: 'ApprovalExpired', message: `Nobody decided "${title}" in time.` },
        `Nobody decided "${title}" in time; that never means yes.`,
      );
    }
    await countArrived(state, gate);
    if (gates.rejection) {
      const { by, reason } = gates.rejection;
      throw new Exit(
        'roll back',
        { type: 'ApprovalRefused', message: `${by} rejected "${title}": ${reason ?? ''}` },
        `${by} rejected "${title}": ${reason ?? ''}`,
      );
    }
  }
}

/** Lets those decisions count that may, once it is known who sent them. */
async function countArrived(state: RunState, gate: Gate): Promise<void> {
  const arrived = state.gates.takeArrived();
  // Looking up who sent what costs an activity; where the server attests nobody there is nothing to find.
  const found = isNobodyAttested(state) ? [] : await attribution.attributeDecisions({ messages: arrived.map(({ message }) => message) });
  arrived.forEach(({ decision }, i) => {
    const { pending: _, ...attested } = { ...decision, ...(found[i] ?? { assurance: 'claimed' as const }), gate: showTitle(gate) };
    const refused = attested.kind === 'reject' ? null : whyApprovalNotCounted(state, attested);
    const judged: Decision = refused ? { ...attested, refused } : attested;
    state.gates.judge(decision, judged);
    state.journal.note(
      `${judged.kind === 'reject' ? 'Rejected' : refused ? 'Approval not counted' : 'Approved'} by ${judged.by}`,
      `${nameGate(gate)}, ${showTitle(gate)}${refused ? `: ${refused}` : ''}${judged.assurance === 'claimed' ? ' (UNVERIFIED name)' : ''}`,
      refused ? 'failed' : 'done',
    );
  });
  refreshDashboard(state);
}

function whyApprovalNotCounted(state: RunState, { by, principal, plan, gateNumber, choice, assurance }: Decision): string | null {
  const asked = { by, principal: principal ?? null, plan: plan ?? '', gate: gateNumber ?? 0, choice, assurance };
  return whyNotCounted(asked, situationOf(state, state.gates.approvals));
}

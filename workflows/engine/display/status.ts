import { showTitle } from '../gates/gate';
import { whyNobodyMayApprove } from '../gates/situation';
import type { RunState } from '../run/state';

/** The short answer to "where does it stand, and what can I do?". */
export function statusOf(state: RunState) {
  const { gates, ending } = state;
  const { parked, paused } = state.hold;
  const gate = gates.open;
  return {
    runbook: state.header.id,
    target: state.target,
    phase: paused ? 'paused' : state.phase,
    plan: state.plan?.hash ?? null,
    planMadeAt: state.plan?.madeAt ?? null,
    step: state.journal.current?.title ?? null,
    gate: gate
      ? {
          number: gate.number,
          of: gate.of,
          title: showTitle(gate),
          quorum: gate.quorum,
          approvedBy: gates.approvals.map((decision) => decision.by),
          choices: gate.choices,
          openedAt: gate.openedAt,
          closesAt: new Date(Date.parse(gate.openedAt) + gate.deadlineMs).toISOString(),
          /** Why nobody can pass it here, whoever approves. */
          blockedBecause: whyNobodyMayApprove(state),
        }
      : null,
    parked: parked ? { step: parked.title, failure: parked.failure, choices: parked.choices, since: parked.since } : null,
    waitingForLock: state.lock.waitingFor,
    paused,
    open: state.effects.openTitles,
    outcome: ending.outcome,
    summary: ending.summary,
    youCan: listMessages(state),
  };
}

export type RunStatus = ReturnType<typeof statusOf>;

/** The messages that the run takes now. */
function listMessages({ ending, hold, effects, gates }: RunState): string[] {
  if (ending.outcome) return [];
  const always = hold.paused ? ['resume'] : ['pause'];
  const leave = effects.pointOfNoReturn ? ['abandon'] : ['rollback', 'abandon'];
  if (hold.parked) return [...hold.parked.choices, ...always];
  if (ending.rollingBack) return [];
  return [...(gates.open ? ['approve', 'reject'] : []), ...always, ...leave];
}

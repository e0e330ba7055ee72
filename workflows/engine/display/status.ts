import type { RunState } from '../run/state';

/** The short answer to "where does it stand, and what can I do?". */
export function statusOf(state: RunState) {
  const { gate, parked, paused } = state;
  return {
    runbook: state.header.id,
    target: state.target,
    phase: paused ? 'paused' : state.phase,
    plan: state.plan?.hash ?? null,
    step: state.journal.current?.title ?? null,
    gate: gate
      ? {
          title: gate.title,
          quorum: gate.quorum,
          approvedBy: gate.approvals.map((decision) => decision.by),
          choices: gate.choices,
          openedAt: gate.openedAt,
        }
      : null,
    parked: parked ? { step: parked.title, failure: parked.failure, choices: parked.choices, since: parked.since } : null,
    waitingForLock: state.waitingForLock,
    paused,
    open: state.openEffects().map((effect) => effect.title),
    outcome: state.outcome,
    summary: state.summary,
    youCan: youCan(state),
  };
}

export type RunStatus = ReturnType<typeof statusOf>;

function youCan(state: RunState): string[] {
  if (state.outcome) return [];
  const always = state.paused ? ['resume'] : ['pause'];
  const leave = state.pointOfNoReturn ? ['abandon'] : ['rollback', 'abandon'];
  if (state.parked) return [...state.parked.choices, ...always];
  if (state.rollingBack) return [];
  return [...(state.gate ? ['approve', 'reject'] : []), ...always, ...leave];
}

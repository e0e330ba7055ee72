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
    step: state.journal.current?.title ?? null,
    gate: gate
      ? {
          title: gate.title,
          quorum: gate.quorum,
          approvedBy: gates.approvals.map((decision) => decision.by),
          choices: gate.choices,
          openedAt: gate.openedAt,
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

import type { RunReport } from '../../contracts/journal';
import type { RunState } from './state';

/** The record of a run as it stands. */
export function reportOf(state: RunState): RunReport {
  return {
    workflowId: state.workflowId,
    runId: state.runId,
    runbook: state.header.id,
    title: state.header.title,
    risk: state.header.risk,
    target: state.target,
    identity: state.briefing?.identity ?? null,
    input: state.input,
    requestedBy: state.options.by ?? null,
    reason: state.options.reason ?? null,
    ...(state.options.breakGlass ? { breakGlass: true } : {}),
    ...(state.options.overrideFreeze ? { overrodeFreeze: true } : {}),
    startedAt: state.startedAt,
    endedAt: state.ending.endedAt,
    phase: state.phase,
    outcome: state.ending.outcome,
    summary: state.ending.summary,
    plan: state.plan,
    steps: state.journal.steps,
    decisions: state.gates.decisions,
    open: state.effects.open,
    advice: state.advice,
    ...state.extension.record(),
  };
}

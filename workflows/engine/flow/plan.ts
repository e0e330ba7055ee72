import type { Plan, PlannedStep } from '../../contracts/journal';
import type { RunbookHeader } from '../../contracts/header';
import { hashOf } from '../../pure/hash';
import { flowError } from '../run/exit';
import { now } from '../run/journal';
import type { RunState } from '../run/state';

/** The plan of a rehearsal with the hash that binds an approval to it. The same plan has the same hash in every run. */
export function planOf(state: RunState, header: RunbookHeader, steps: readonly PlannedStep[], nothingToDo?: string): Plan {
  const identity = state.briefing?.identity;
  if (!identity) throw flowError('A plan without a target.');
  const bound = {
    runbook: header.id,
    input: state.input,
    target: {
      target: identity.target,
      environment: identity.environment,
      systemIdentifier: identity.systemIdentifier,
      databaseOid: identity.databaseOid,
      timeline: identity.timeline,
      role: identity.role,
    },
    steps: steps.map(boundPart),
    nothingToDo: nothingToDo ?? null,
  };
  return {
    runbook: header.id,
    title: header.title,
    risk: header.risk,
    input: state.input,
    identity,
    steps,
    ...(nothingToDo ? { nothingToDo } : {}),
    hash: hashOf(bound),
    madeAt: now(),
  };
}

/** What of a line enters the hash: what would be done, not what reads happened to show. */
function boundPart(step: PlannedStep): unknown {
  const { key, verb, operation, input, times, write, child, note } = step;
  // A gate that was passed is no change: the same plan, made again before the first change, is not asked again.
  if (step.finished && verb !== 'approve') return { key, finished: true };
  return {
    key,
    verb,
    operation: operation ?? null,
    input: input ?? null,
    times,
    child: child ?? null,
    gate: verb === 'approve' ? (note ?? null) : null,
    write: write
      ? { statement: write.statement, bound: write.bound, undo: write.undo, irreversible: write.irreversible, pointOfNoReturn: write.pointOfNoReturn }
      : null,
  };
}

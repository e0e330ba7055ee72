import type { Failure } from './failure';
import { now } from './journal';
import { Leave } from './failure';
import { refreshDashboard } from './dashboard';
import { reportOf } from './report';
import { store } from './run-services';
import type { ParkChoice, RunState } from './run-state';
import { showPhase } from './search-attributes';
import { waitFor } from './waiting';

/** Waits for an operator's choice about a step that failed for good. Retry and skip return; roll back and abandon leave the flow. */
export async function park(state: RunState, title: string, failure: Failure, choices: readonly ParkChoice[]): Promise<'retry' | 'skip'> {
  const offered = state.sealedBy ? choices.filter((choice) => choice !== 'rollback') : choices;
  const parked: RunState['parked'] = { title, failure, choices: offered, since: now() };
  state.parked = parked;
  const before = state.phase;
  showPhase(state, 'needs-operator');
  refreshDashboard(state);
  await store(reportOf(state));
  try {
    await waitFor(state, () => state.parked?.chosen !== undefined);
  } finally {
    state.parked = null;
  }
  const { chosen } = parked;
  if (!chosen) throw new Leave('fail', failure, failure.message);
  const because = `${chosen.decision.by}: ${chosen.decision.reason ?? 'no reason given'}`;
  if (chosen.choice === 'rollback') throw new Leave('roll back', null, because);
  if (chosen.choice === 'abandon') throw new Leave('abandon', null, because);
  state.journal.note(`${chosen.choice === 'retry' ? 'Retry' : 'Skip'}: ${title}`, because);
  showPhase(state, before);
  refreshDashboard(state);
  return chosen.choice;
}

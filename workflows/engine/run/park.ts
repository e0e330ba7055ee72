import type { Failure } from './exit';
import { now } from './journal';
import { Exit } from './exit';
import { refreshDashboard } from '../display/dashboard';
import { reportOf } from './report';
import { store } from './services';
import type { ParkChoice } from './hold';
import type { RunState } from './state';
import { showPhase } from '../display/search-attributes';
import { waitFor } from './pause';

/** Waits for an operator's choice about a step that failed permanently. Retry and skip return; roll back and abandon leave the flow. */
export async function park(state: RunState, title: string, failure: Failure, choices: readonly ParkChoice[]): Promise<'retry' | 'skip'> {
  const { hold } = state;
  const offered = state.effects.pointOfNoReturn ? choices.filter((choice) => choice !== 'rollback') : choices;
  hold.park({ title, failure, choices: offered, since: now() });
  const before = state.phase;
  showPhase(state, 'needs-operator');
  refreshDashboard(state);
  await store(reportOf(state));
  let chosen: ReturnType<typeof hold.unpark>;
  try {
    await waitFor(state, () => hold.chosen !== null);
  } finally {
    chosen = hold.unpark();
  }
  if (!chosen) throw new Exit('fail', failure, failure.message);
  const because = `${chosen.decision.by}: ${chosen.decision.reason ?? 'no reason given'}`;
  if (chosen.choice === 'rollback') throw new Exit('roll back', null, because);
  if (chosen.choice === 'abandon') throw new Exit('abandon', null, because);
  state.journal.note(`${chosen.choice === 'retry' ? 'Retry' : 'Skip'}: ${title}`, because);
  showPhase(state, before);
  refreshDashboard(state);
  return chosen.choice;
}

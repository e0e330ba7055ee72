import type { RunState } from '../run/state';

/**
 * Forgets the effects that a failover lost, and every later step: the flow is re-planned from there and offered again. What was not
 * lost answers from the ledger and is not done twice; what people decided is kept, and asked again before anything is done again.
 */
export function forgetLost(state: RunState, lost: readonly string[]): void {
  if (lost.length === 0) return;
  state.memo.forgetFrom((key) => lost.includes(state.effectKey(key)));
  const titles = state.effects.forgetLost(lost);
  state.gates.revoke();
  state.journal.note('Lost with a failover', `${titles.join(', ')}: offered again`, 'failed');
}

import type { RunState, Undo } from '../run/state';

/**
 * Forgets the effects that a failover lost, and every later step: the flow is planned again from there and offered again. What was
 * not lost answers from the ledger and is not done twice; what people decided is kept, and asked again where the plan's hash differs.
 */
export function forgetLost(state: RunState, lost: readonly string[]): void {
  if (lost.length === 0) return;
  const gone = state.liveEffects().filter(({ key }) => lost.includes(key));
  const keys = [...state.memo.keys()];
  const first = keys.findIndex((key) => lost.includes(state.effectKey(key)));
  if (first >= 0) for (const key of keys.slice(first)) if (!state.decided.has(key)) state.memo.delete(key);
  for (const key of lost) state.made.delete(key);
  state.undos = withoutLost(state.undos, lost);
  state.changedSomething = state.undos.length > 0;
  // What was approved was to happen once: doing it again is asked for, although the plan reads the same.
  if (state.lastGate) state.lastGate = { ...state.lastGate, hash: '' };
  state.journal.note('Lost with a failover', `${gone.map(({ title }) => title).join(', ')}: offered again`, 'failed');
}

const withoutLost = (undos: readonly Undo[], lost: readonly string[]): Undo[] =>
  undos.flatMap((undo): Undo[] => {
    if (undo.kind === 'effect') return lost.includes(undo.effect.key) ? [] : [undo];
    const inner = withoutLost(undo.inner, lost);
    return lost.includes(undo.begin.key) ? inner : [{ ...undo, inner }];
  });

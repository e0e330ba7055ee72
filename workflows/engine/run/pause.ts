import { condition } from '@temporalio/workflow';
import { Exit } from './exit';
import { refreshDashboard } from '../display/dashboard';
import type { RunState } from './state';

/** Stops before the next verb while paused, and leaves where a person or Temporal asked for it. */
export async function pausePoint(state: RunState): Promise<void> {
  leaveIfAsked(state);
  if (!state.hold.paused) return;
  const before = state.phase;
  state.phase = 'paused';
  refreshDashboard(state);
  await condition(() => !state.hold.paused || mustLeave(state));
  state.phase = before;
  refreshDashboard(state);
  leaveIfAsked(state);
}

/** During a rollback nothing more is left; a wait that woke for it would spin for ever. */
const mustLeave = ({ ending, lock }: RunState): boolean => !ending.rollingBack && (ending.asked !== null || lock.lost !== null);

/** Leaves the flow where a rollback, an abandonment or a cancellation was asked for. */
export function leaveIfAsked(state: RunState): void {
  if (state.ending.rollingBack) return;
  const { lost } = state.lock;
  if (lost) throw new Exit('fail', { type: 'LockLost', message: lost }, lost);
  leaveIfTold(state);
}

/** The same without the lock: at the end of a flow nothing is left that needs it. */
export function leaveIfTold(state: RunState): void {
  const { asked } = state.ending;
  if (asked) throw new Exit(asked.how === 'abandon' ? 'abandon' : 'roll back', null, asked.because);
}

/**
 * Waits until `reached`, at most `ms` milliseconds of unpaused time; says whether it was in time and how much time is left.
 *
 * While paused the deadline stands still; `reached` is still looked at when the pause ends.
 */
export async function waitAtMost(
  state: RunState,
  ms: number,
  reached: () => boolean,
  summary: string,
): Promise<{ readonly inTime: boolean; readonly left: number }> {
  let left = ms;
  for (;;) {
    await pausePoint(state);
    if (reached()) return { inTime: true, left };
    if (left <= 0) return { inTime: false, left: 0 };
    const began = Date.now();
    await condition(() => reached() || state.hold.paused !== null || mustLeave(state), left, { summary });
    left -= Date.now() - began;
  }
}

/** Waits for as long as it takes. */
export async function waitFor(state: RunState, reached: () => boolean): Promise<void> {
  for (;;) {
    await pausePoint(state);
    if (reached()) return;
    await condition(() => reached() || state.hold.paused !== null || mustLeave(state));
  }
}

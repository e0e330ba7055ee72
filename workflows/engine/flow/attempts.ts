import { ActivityFailure, ApplicationFailure, CancelledFailure, TimeoutFailure } from '@temporalio/workflow';
import type { AttemptDetails, Tried } from '../../contracts/orders';
import { waitAtMost } from '../run/pause';
import type { RunState } from '../run/state';

/** No failure is answered by more attempts than these, nor later than so long after the first one. The activity often says "no more" sooner. */
const MAX_ATTEMPTS = 90;
const MAX_RETRY_MS = 15 * 60_000;
/** A lost worker is no failure of the step; its next attempt may have waited for a worker for long. */
const MAX_LOST_MS = 24 * 60 * 60_000;
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 10_000;

/**
 * Orders something until it is answered, or fails for more than now. Each attempt is an activity of its own and knows what the last one
 * met. The pause between two is a wait of the run: who pauses it, rolls back or abandons is heeded at once.
 */
export async function persist<T>(state: RunState, summary: string, attempt: (tried?: Tried) => Promise<T>, earlier?: Tried): Promise<T> {
  let tried = earlier;
  let failedAt: number | null = earlier ? Date.now() : null;
  for (;;) {
    try {
      return await attempt(tried);
    } catch (error) {
      failedAt ??= Date.now();
      const lost = isLost(error);
      tried = triedNow(error, tried);
      if (!mayRepeat(error) || tried.times >= MAX_ATTEMPTS || Date.now() - failedAt > (lost ? MAX_LOST_MS : MAX_RETRY_MS)) throw error;
      const pause = lost ? 0 : Math.min(FIRST_PAUSE_MS * 2 ** (tried.times - 1), LONGEST_PAUSE_MS);
      if (pause) await pauseBeforeNext(state, pause, { summary, tried });
    }
  }
}

/** Waits; whoever leaves the run meanwhile takes along whether anything may have been sent. */
async function pauseBeforeNext(state: RunState, ms: number, { summary, tried }: { summary: string; tried: Tried }): Promise<void> {
  try {
    await waitAtMost(state, ms, () => false, `next attempt: ${summary}`.slice(0, 200));
  } catch (interruption) {
    throw tried.mayHaveActed ? interruption : Object.assign(interruption as Error, { acted: false });
  }
}

/** What the next attempt must know of the one that failed, and of those before it. */
export function triedNow(error: unknown, tried?: Tried): Tried {
  const { server, acted } = detailsOf(error);
  const last = server ?? tried?.server;
  return { times: (tried?.times ?? 0) + 1, mayHaveActed: acted !== false || tried?.mayHaveActed === true, ...(last ? { server: last } : {}) };
}

/** Whether it is proved that no attempt sent anything to the world. */
export const neverActed = (error: unknown): boolean => detailsOf(error).acted === false || (error as AttemptDetails | null)?.acted === false;

function detailsOf(error: unknown): AttemptDetails {
  const cause = error instanceof ActivityFailure ? error.cause : error;
  if (cause instanceof ApplicationFailure || cause instanceof CancelledFailure) return (cause.details?.[0] as AttemptDetails | undefined) ?? {};
  if (cause instanceof TimeoutFailure) return (cause.lastHeartbeatDetails as AttemptDetails | undefined) ?? {};
  return {};
}

/** A worker that was killed, or that no longer answers. */
const isLost = (error: unknown): boolean => error instanceof ActivityFailure && error.cause instanceof TimeoutFailure;

const mayRepeat = (error: unknown): boolean =>
  error instanceof ActivityFailure &&
  (error.cause instanceof TimeoutFailure || (error.cause instanceof ApplicationFailure && error.cause.nonRetryable !== true));

import { setTimeout as sleep } from 'node:timers/promises';

/** Looks until the answer is good, at most `withinMs`; the last answer either way. Throws when cancelled. */
export async function lookUntil<T>(
  look: () => Promise<T>,
  good: (seen: T) => boolean,
  withinMs: number,
  signal: AbortSignal | null,
  everyMs = 50,
): Promise<T> {
  const until = performance.now() + withinMs;
  for (;;) {
    const seen = await look();
    if (good(seen) || performance.now() >= until) return seen;
    await sleep(everyMs, undefined, signal ? { signal } : {});
  }
}

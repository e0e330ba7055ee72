import { setTimeout as sleep } from 'node:timers/promises';

/** Asks again until the answer is neither undefined nor false; undefined when the time is over. */
export async function pollUntil<T>(
  ask: () => T | false | undefined | Promise<T | false | undefined>,
  withinMs: number,
  everyMs = 20,
): Promise<T | undefined> {
  const end = Date.now() + withinMs;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined && answer !== false) return answer;
    if (Date.now() >= end) return undefined;
    await sleep(everyMs);
  }
}

import { setTimeout as sleep } from 'node:timers/promises';

/** The end of a run waits no longer than this for one part of it. */
const TIMEOUT_MS = 2_000;

/** Does a part of the end of a run, and says what went wrong; null where nothing did. */
export async function findProblem(work: () => Promise<unknown>): Promise<string | null> {
  const timer = new AbortController();
  const late = sleep(TIMEOUT_MS, `no answer within ${TIMEOUT_MS} ms`, { signal: timer.signal }).catch(() => null);
  const done = work().then(
    () => null,
    (error: unknown) => String(error),
  );
  try {
    return await Promise.race([done, late]);
  } finally {
    timer.abort();
  }
}

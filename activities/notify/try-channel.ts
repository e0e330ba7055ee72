import { setTimeout as sleep } from 'node:timers/promises';
import type { Notification } from '../../workflows/contracts/notification';
import { ChannelFailure, type Channel } from './channel';
import type { Rendered } from './templates';

/** How long a channel may take with all its tries. */
export const LIMIT_MS = 10_000;
const PAUSES_MS = [250, 1_000] as const;

/** What came of one channel. */
export type Tried = { readonly taken: true; readonly reference: string | null } | { readonly taken: false; readonly because: string };

/** Sends by one channel, up to three times within the limit where another try may help. Never throws. */
export async function tryChannel(
  channel: Channel,
  message: Rendered,
  notification: Notification,
  earlier: string | null,
  limitMs: number = LIMIT_MS,
): Promise<Tried> {
  const deadline = performance.now() + limitMs;
  const over = new AbortController();
  const timer = setTimeout(() => over.abort(), limitMs);
  try {
    for (let tries = 1; ; tries += 1) {
      try {
        return { taken: true, reference: await orGiveUp(() => channel.send(message, notification, earlier, over.signal), over.signal) };
      } catch (error) {
        const pause = pauseAfter(error, tries, deadline - performance.now());
        if (pause === null) return { taken: false, because: because(error, tries, limitMs) };
        await sleep(pause, undefined, { signal: over.signal }).catch(() => undefined);
      }
    }
  } finally {
    clearTimeout(timer);
  }
}

/** Ends the waiting even for a client that does not listen to the signal. */
function orGiveUp<T>(send: () => Promise<T>, signal: AbortSignal): Promise<T> {
  if (signal.aborted) return Promise.reject(new TimeIsOver());
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => reject(new TimeIsOver()), { once: true });
    send().then(resolve, reject);
  });
}

class TimeIsOver extends Error {}

/** How long to wait before the next try; null where there is none. */
function pauseAfter(error: unknown, tries: number, leftMs: number): number | null {
  const usual = PAUSES_MS[tries - 1];
  if (usual === undefined || !(error instanceof ChannelFailure) || error.again === null) return null;
  const pause = Math.max(usual, error.again.afterMs);
  return pause < leftMs ? pause : null;
}

function because(error: unknown, tries: number, limitMs: number): string {
  if (error instanceof TimeIsOver) return `It did not answer within ${limitMs / 1_000} seconds.`;
  // A defect of ours, or of a package: its text could hold anything, so only its kind is said.
  if (!(error instanceof ChannelFailure)) return `It failed inside (${error instanceof Error ? error.name : 'no error'}).`;
  const waits = error.again?.afterMs ? ` It asks to wait ${Math.ceil(error.again.afterMs / 1_000)} seconds.` : '';
  return `${error.message}${waits}${tries > 1 ? ` (${tries} tries)` : ''}`;
}

import type { ServerLife } from '../../workflows/contracts/orders';
import { KernelFailure } from '../sql/kernel-failure';
import type { Sessions } from '../sql/session';

/** What the attempts at one order have seen of the server so far. */
export interface ServerWatch {
  /** The last server that an attempt, this or an earlier one, was connected to. */
  last: ServerLife | undefined;
}

/**
 * Sessions that go on only with a server that has not crashed under an earlier attempt: what may have killed it must not be sent again
 * by itself. A clean restart is no crash; whoever asks by hand starts a new watch.
 */
export const watchedSessions = (sessions: Sessions, watch: ServerWatch, acts: boolean): Sessions => ({
  use: (wanted, body) =>
    sessions.use(wanted, (session, place) => {
      refuseAfterCrash(watch.last, place.server, acts);
      watch.last = place.server;
      return body(session, place);
    }),
});

/** Throws ServerCrashed where the server is no longer in the life in which an earlier attempt met it. */
export function refuseAfterCrash(earlier: ServerLife | undefined, now: ServerLife, acts: boolean): void {
  if (!earlier) return;
  if (earlier.node !== now.node) {
    // A read may be asked of whichever server answers.
    if (acts)
      throw crashed(`The primary was ${earlier.node} while an earlier attempt ran, and is ${now.node} now: it failed over under that attempt.`);
    return;
  }
  if (earlier.statsSince === '' || now.statsSince === '')
    throw crashed(`Whether ${now.node} crashed while an earlier attempt ran cannot be told: it does not say since when its statistics count.`);
  if (earlier.statsSince === now.statsSince) return;
  const how =
    earlier.startedAt === now.startedAt
      ? 'one of its processes died, and it restarted all of them'
      : `it was started again at ${shown(now.startedAt)}`;
  throw crashed(`${now.node} crashed while an earlier attempt ran: ${how}, and recovered at ${shown(now.statsSince)}.`);
}

const crashed = (what: string): KernelFailure =>
  new KernelFailure(
    'ServerCrashed',
    `${what} Nothing is repeated by itself, because the step may have been the cause. Read the server's log; then retry, or roll back.`,
  );

const shown = (epoch: string): string => new Date(Number(epoch) * 1_000).toISOString();

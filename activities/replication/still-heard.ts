import type { NodeView } from './node-view';

/** How long a primary that lives may take to answer when a standby asks. */
const ANSWERS_WITHIN_SECONDS = 2;

/**
 * How long a standby must have heard nothing before its silence says that the primary is gone, in seconds; null where it receives nothing.
 *
 * An idle primary says nothing for as long as nobody asks, and a standby asks after half of wal_receiver_timeout (0 = never).
 * Source: walreceiver.c.
 */
export function silenceNeeded({ server }: NodeView): number | null {
  if (server?.receiver?.status !== 'streaming') return null;
  const timeoutMs = Number(server.settings['wal_receiver_timeout'] ?? 60_000);
  return timeoutMs === 0 ? Infinity : timeoutMs / 2_000 + ANSWERS_WITHIN_SECONDS;
}

/** How long ago a standby heard its primary; null where it receives nothing. */
export const heardAgo = ({ server }: NodeView): number | null => (server?.receiver?.status === 'streaming' ? server.receiver.heardSecondsAgo : null);

/** The standbys whose silence does not yet say anything. */
export const notSilentYet = (views: readonly NodeView[]): NodeView[] =>
  views.filter((view) => (heardAgo(view) ?? Infinity) < (silenceNeeded(view) ?? 0));

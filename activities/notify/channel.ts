import type { Notification } from '../../workflows/contracts/notification';
import type { Rendered } from './templates';

/** One way out. */
export interface Channel {
  readonly name: string;
  /** How it sends, as notify.yaml says it. */
  readonly by: string;
  /**
   * Sends one message and returns the channel's own reference to what it belongs to, or null.
   * `earlier` is the reference of the last message about the same thing. Throws ChannelFailure; gives up at once when `signal` says so.
   */
  send(message: Rendered, notification: Notification, earlier: string | null, signal: AbortSignal): Promise<string | null>;
}

/** Why a channel did not take a message, in words without any secret. */
export class ChannelFailure extends Error {
  constructor(
    message: string,
    /** Whether another try may help, and after how many milliseconds at the earliest. */
    readonly again: { readonly afterMs: number } | null = null,
  ) {
    super(message);
    this.name = 'ChannelFailure';
  }
}

/** Another try may help, as soon as the usual pause is over. */
export const SOON = { afterMs: 0 } as const;

import { didYouMean } from '../../workflows/pure/did-you-mean';
import type { Notification, NotificationAnswer } from '../../workflows/contracts/notification';
import type { SentNotification } from '../control/notifications';
import { channelOf } from './channel-of';
import { NotificationMemory, type LastingMemory } from './memory';
import type { NotifyConfig } from './notify-config';
import { renderTemplate, type Rendered } from './templates';
import { LIMIT_MS, tryChannel } from './try-channel';

/** The name that stands for a channel in an answer where there was none to try. */
const NO_CHANNEL = 'none';

/** Sends messages to the recipients of notify.yaml: the first channel of each takes it, the next only where that one fails. */
export class Notifier {
  private readonly memory: NotificationMemory;
  /** What is being sent right now, by id: a repeat waits for it. */
  private readonly sending = new Map<string, Promise<NotificationAnswer>>();

  constructor(
    private readonly config: NotifyConfig,
    lasting: LastingMemory | null,
    private readonly limitMs: number = LIMIT_MS,
  ) {
    this.memory = new NotificationMemory(lasting);
  }

  /** Sends a message once for its id, whatever fails on the way; takes at most 46 seconds. Never throws: the answer says what failed. */
  async send(notification: Notification): Promise<NotificationAnswer> {
    const { id } = notification;
    const under = this.sending.get(id);
    if (under) return asRepeat(await under);
    const sending = this.sendNew(notification).finally(() => this.sending.delete(id));
    this.sending.set(id, sending);
    return sending;
  }

  private async sendNew(notification: Notification): Promise<NotificationAnswer> {
    const { id, about, to } = notification;
    const known = await this.memory.recall(id, about);
    const same = known.find((sent) => sent.id === id);
    if (same) return { by: same.channel, repeat: true, failed: same.failed };
    const recipient = this.config.recipients.has(to) ? to : this.config.everyone;
    const names = recipient === null ? [] : (this.config.recipients.get(recipient) ?? []);
    if (recipient === null)
      return noChannel(`notify.yaml has no recipient "${to}", and no "everyone".${didYouMean(to, [...this.config.recipients.keys()])}`);
    const message = renderTemplate(notification, { ui: this.config.ui, insteadOf: recipient === to ? null : to });
    const failed: { channel: string; because: string }[] = [];
    for (const name of names) {
      const config = this.config.channels.get(name);
      if (!config) continue;
      const earlier = known.find((sent) => sent.about === about && sent.channel === name && sent.reference !== null)?.reference ?? null;
      const tried = await tryChannel(channelOf(name, config), message, notification, earlier, this.limitMs);
      if (!tried.taken) {
        failed.push({ channel: name, because: tried.because });
        continue;
      }
      if (notification.over) await this.resolveElsewhere(message, notification, names.slice(names.indexOf(name) + 1), known);
      await this.memory.keep({ id, about, recipient, channel: name, reference: tried.reference, failed });
      return { by: name, repeat: false, failed };
    }
    // Not remembered: who asks again wants it tried again.
    return { by: null, repeat: false, failed };
  }

  /** A pager that took an earlier message in another's place has an alert open: it would page on although the matter is over. */
  private async resolveElsewhere(
    message: Rendered,
    notification: Notification,
    later: readonly string[],
    known: readonly SentNotification[],
  ): Promise<void> {
    const open = later.flatMap((name) => {
      const config = this.config.channels.get(name);
      const opened = known.some((sent) => sent.about === notification.about && sent.channel === name);
      return config?.by === 'pagerduty' && opened ? [channelOf(name, config)] : [];
    });
    await Promise.all(open.map((channel) => tryChannel(channel, message, notification, null, this.limitMs)));
  }
}

/** The answer where there is no channel to try. */
export const noChannel = (because: string): NotificationAnswer => ({ by: null, repeat: false, failed: [{ channel: NO_CHANNEL, because }] });

const asRepeat = (answer: NotificationAnswer): NotificationAnswer => (answer.by === null ? answer : { ...answer, repeat: true });

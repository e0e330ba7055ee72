import type { SentNotification } from '../control/notifications';

/** Where sent messages are remembered beyond this process; the control database. */
export interface LastingMemory {
  recall(id: string, about: string): Promise<readonly SentNotification[]>;
  keep(sent: SentNotification): Promise<void>;
}

/** What was sent: in this process (the last 1,000), and in the control database where it answers. Never throws. */
export class NotificationMemory {
  /** By id, oldest first. */
  private readonly recent = new Map<string, SentNotification>();

  constructor(
    private readonly lasting: LastingMemory | null,
    private readonly most = 1_000,
  ) {}

  /** The message of an id, and those about one thing, newest first. */
  async recall(id: string, about: string): Promise<readonly SentNotification[]> {
    const here = [...this.recent.values()].filter((sent) => sent.id === id || sent.about === about).reverse();
    if (here.some((sent) => sent.id === id)) return here;
    const kept = (await this.lasting?.recall(id, about).catch(() => [])) ?? [];
    // What this process knows may be newer than what could be stored.
    return [...here, ...kept.filter((sent) => !this.recent.has(sent.id))];
  }

  /** Remembers a message that a channel took. */
  async keep(sent: SentNotification): Promise<void> {
    this.recent.set(sent.id, sent);
    for (const id of this.recent.keys()) {
      if (this.recent.size <= this.most) break;
      this.recent.delete(id);
    }
    await this.lasting?.keep(sent).catch(() => undefined);
  }
}

import type { Pool } from 'pg';
import { z } from 'zod';
import { poolFor, soon } from './soon';
import { storable } from './storable';

const Failed = z.array(z.object({ channel: z.string(), because: z.string() }));

/** A message that a channel took. */
export const SentNotification = z.object({
  id: z.string(),
  about: z.string(),
  recipient: z.string(),
  channel: z.string(),
  /** The channel's own name for what it belongs to, such as a Slack message. */
  reference: z.string().nullable(),
  /** The channels that were tried before. */
  failed: Failed,
});
export type SentNotification = z.infer<typeof SentNotification>;

/** What was sent, in the control database; it outlives every worker. Each call gives up within 2 seconds and throws. */
export class ControlNotifications {
  private readonly pool: Pool;

  constructor(url: string) {
    this.pool = poolFor(url, 'rb:notify');
  }

  /** The message of an id, and those about one thing (the newest 50), newest first. */
  async recall(id: string, about: string): Promise<SentNotification[]> {
    return z.array(SentNotification).parse(await soon(this.pool, { text: RECALL, values: [storable(id), storable(about)] }));
  }

  /** Stores a message; one that is there stays as it is. */
  async keep({ id, about, recipient, channel, reference, failed }: SentNotification): Promise<void> {
    const values = [storable(id), storable(about), storable(recipient), storable(channel), reference && storable(reference), storable(failed)];
    await soon(this.pool, { text: KEEP, values });
  }

  /** Closes the connections. */
  async close(): Promise<void> {
    await this.pool.end();
  }
}

const COLUMNS = 'id, about, recipient, channel, reference, failed';

const RECALL = `
(select ${COLUMNS}, sent_at from runbooks_control.notification where id = $1)
union
(select ${COLUMNS}, sent_at from runbooks_control.notification where about = $2 order by sent_at desc limit 50)
order by sent_at desc`;

const KEEP = `insert into runbooks_control.notification (${COLUMNS}) values ($1, $2, $3, $4, $5, $6) on conflict do nothing`;

import { createHash, createHmac } from 'node:crypto';
import type { Channel } from '../channel';
import { ChannelFailure } from '../channel';
import { jsonText } from '../json-text';
import type { WebhookConfig } from '../notify-config';
import { postJson } from '../post-json';
import { secretOf } from '../secret-of';

/** A receiver of Standard Webhooks (standardwebhooks.com): it verifies our signature and knows repeats by `webhook-id`. */
export function webhookChannel(name: string, config: WebhookConfig): Channel {
  return {
    name,
    by: 'webhook',
    async send(message, notification, _earlier, signal) {
      const keys = config.secrets.map((reference) => keyOf(name, secretOf(name, reference)));
      const now = new Date();
      const id = headerSafe(notification.id);
      const body = jsonText({
        type: `runbook.${notification.body.template.replaceAll(' ', '_')}`,
        timestamp: now.toISOString(),
        data: { ...notification, subject: message.subject, link: message.link },
      });
      await postJson(config.url, body, signHeaders(id, Math.floor(now.getTime() / 1_000), body, keys), signal);
      return id;
    },
  };
}

/** The three headers of a delivery; one signature for each key, so that the receiver may change its secret at any moment. */
export const signHeaders = (id: string, timestamp: number, body: string, keys: readonly Buffer[]): Record<string, string> => ({
  'webhook-id': id,
  'webhook-timestamp': String(timestamp),
  'webhook-signature': keys.map((key) => `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')}`).join(' '),
});

/** The key in a secret of the form whsec_<base64>; throws ChannelFailure where it is none of 24 to 64 bytes. */
export function keyOf(channel: string, secret: string): Buffer {
  const text = /^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(secret)?.[1] ?? '';
  const key = Buffer.from(text, 'base64');
  if (key.length >= 24 && key.length <= 64) return key;
  throw new ChannelFailure(`A secret of channel ${channel} is none of Standard Webhooks: it must be whsec_ and 24 to 64 bytes in base64.`);
}

// A header takes no line break, and a full stop would blur where the id ends in what is signed. `data.id` has the id as it is.
const headerSafe = (id: string): string => (/^[\x21-\x2d\x2f-\x7e]+$/.test(id) ? id : `sha256-${createHash('sha256').update(id).digest('hex')}`);

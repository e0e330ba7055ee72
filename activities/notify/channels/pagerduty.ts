import { createHash } from 'node:crypto';
import type { Notification } from '../../../workflows/contracts/notification';
import { shorten } from '../../report/printable';
import type { Channel } from '../channel';
import { jsonText } from '../json-text';
import type { PagerDutyConfig } from '../notify-config';
import { postJson } from '../post-json';
import { secretOf } from '../secret-of';
import type { Rendered } from '../templates';

/** A service of PagerDuty by Events API v2. Repeats about one thing fold into its open alert; what is over resolves it. */
export function pagerDutyChannel(name: string, config: PagerDutyConfig): Channel {
  return {
    name,
    by: 'pagerduty',
    async send(message, notification, _earlier, signal) {
      // Each approval that is asked for pages again: folded into the open alert of the gate before, it would page nobody.
      const key = dedupKey(notification.body.template === 'approval request' ? notification.id : notification.about);
      const event = { routing_key: secretOf(name, config.routingKey), dedup_key: key, ...eventOf(message, notification) };
      await postJson(config.url, jsonText(event), {}, signal);
      return key;
    },
  };
}

function eventOf(message: Rendered, { over, loudness, target, title, runId, id }: Notification): object {
  if (over) return { event_action: 'resolve' };
  return {
    event_action: 'trigger',
    client: 'pg-runbooks',
    ...(message.link ? { client_url: message.link, links: [{ href: message.link, text: 'The run in the Temporal UI' }] } : {}),
    payload: {
      // The API refuses a summary of more than 1,024 characters.
      summary: shorten(message.subject, 980),
      source: target ?? 'pg-runbooks',
      severity: loudness,
      custom_details: {
        ...Object.fromEntries(message.facts.map(({ label, value }) => [label, value])),
        ...Object.fromEntries(message.blocks.map(({ title: label, text }, i) => [`${i + 1}. ${label}`, text])),
        'Notification id': id,
        Title: title,
        ...(runId === null ? {} : { 'Run id': runId }),
      },
    },
  };
}

/** The key under which PagerDuty folds events: at most 255 characters. */
export const dedupKey = (about: string): string => (about.length <= 255 ? about : `sha256-${createHash('sha256').update(about).digest('hex')}`);

import { z } from 'zod';
import type { SourceKind } from './source';

const FIRING = ['incident.triggered', 'incident.reopened', 'incident.acknowledged', 'incident.escalated'];

const Event = z.object({
  event: z.object({
    event_type: z.string(),
    resource_type: z.string().optional(),
    occurred_at: z.iso.datetime({ offset: true }),
    data: z.looseObject({}),
  }),
});
const Incident = z.object({
  id: z.string(),
  title: z.string().default(''),
  created_at: z.iso.datetime({ offset: true }),
  urgency: z.string().nullish(),
  html_url: z.string().nullish(),
  service: z.object({ id: z.string(), summary: z.string().nullish() }).nullish(),
});

/** PagerDuty's v3 webhook: an incident is an alert from `created_at` until it is resolved; other events are taken and lead to nothing. Source: PagerDuty developer-docs, webhooks. */
export const pagerduty: SourceKind = {
  parse(body) {
    const { event_type: type, occurred_at: occurredAt, data } = Event.parse(body).event;
    const resolved = type === 'incident.resolved';
    if (!resolved && !FIRING.includes(type)) return { truncated: 0, alerts: [] };
    const { id, title, created_at: startsAt, urgency, html_url: url, service } = Incident.parse(data);
    const labels = { alertname: title, incident: id, service: service?.summary ?? service?.id ?? '', urgency: urgency ?? '' };
    return {
      truncated: 0,
      alerts: [
        {
          status: resolved ? 'resolved' : 'firing',
          labels,
          annotations: { summary: title },
          startsAt,
          endsAt: resolved ? occurredAt : null,
          url: url ?? null,
        },
      ],
    };
  },
  deliveryId: () => null,
};

import { z } from 'zod';
import type { SourceKind } from './source';

const ZERO_TIME = '0001-01-01T00:00:00Z';

// Unknown keys are fine: newer versions have more, and users write payloads of their own.
const Body = z.object({
  version: z.literal('4'),
  // Only shown: a strange number must not cost the alerts.
  truncatedAlerts: z.int().min(0).max(1_000_000_000).catch(0).optional(),
  alerts: z.array(
    z.object({
      status: z.enum(['firing', 'resolved']),
      labels: z.record(z.string(), z.string()),
      annotations: z.record(z.string(), z.string()).default({}),
      startsAt: z.iso.datetime({ offset: true }),
      endsAt: z.string().optional(),
      generatorURL: z.string().optional(),
    }),
  ),
});

/** Alertmanager's webhook, payload version 4. Source: prometheus/alertmanager notify/webhook, docs/configuration. */
export const alertmanager: SourceKind = {
  parse(body) {
    const { alerts, truncatedAlerts } = Body.parse(body);
    return {
      truncated: truncatedAlerts ?? 0,
      alerts: alerts.map(({ status, labels, annotations, startsAt, endsAt, generatorURL }) => ({
        status,
        labels,
        annotations,
        startsAt,
        endsAt: endsAt && endsAt !== ZERO_TIME && !Number.isNaN(Date.parse(endsAt)) ? new Date(endsAt).toISOString() : null,
        url: generatorURL ?? null,
      })),
    };
  },
  deliveryId: () => null,
};

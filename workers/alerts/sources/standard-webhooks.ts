import { z } from 'zod';
import { json } from './json';
import type { SourceKind } from './source';

const Body = z.object({ type: z.string().min(1), timestamp: z.iso.datetime({ offset: true }), data: z.looseObject({}) });

/** Standard Webhooks: `data` is an alert, or a list of them under `alerts`, as the json source takes them; `type` is the alert's name where it has none. */
export const standardWebhooks: SourceKind = {
  parse(body) {
    const { type, timestamp, data } = Body.parse(body);
    if ('alerts' in data) return json.parse(data);
    const labels = z.record(z.string(), z.string()).default({}).parse(data['labels']);
    return json.parse({ startsAt: timestamp, ...data, labels: { alertname: type, ...labels } });
  },
  deliveryId: () => null,
};

import { z } from 'zod';
import type { SourceKind } from './source';

const Entry = z.object({
  status: z.enum(['firing', 'resolved']).default('firing'),
  labels: z.record(z.string(), z.string()),
  annotations: z.record(z.string(), z.string()).default({}),
  startsAt: z.iso.datetime({ offset: true }),
  endsAt: z.iso.datetime({ offset: true }).nullable().default(null),
  url: z.string().nullable().default(null),
});
const Body = z.union([z.object({ alerts: z.array(Entry) }), Entry]);

/** The simplest sender: `{"labels": {...}, "startsAt": "..."}`, or a list of them under `alerts`. Its own id stands in `x-delivery-id`. */
export const json: SourceKind = {
  parse(body) {
    const parsed = Body.parse(body);
    return { truncated: 0, alerts: 'alerts' in parsed ? parsed.alerts : [parsed] };
  },
  deliveryId: (headers) => {
    const id = headers['x-delivery-id'];
    return typeof id === 'string' && id !== '' && id.length <= 200 ? id : null;
  },
};

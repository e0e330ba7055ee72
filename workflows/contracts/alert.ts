import { z } from 'zod';
import { warm } from './warm-up';

/** One problem as a monitoring system reports it, whatever system that is. Labels are data: they choose a route and fill typed inputs, nothing else. */
export const Alert = z.object({
  status: z.enum(['firing', 'resolved']),
  labels: z.record(z.string(), z.string()),
  annotations: z.record(z.string(), z.string()),
  startsAt: z.iso.datetime({ offset: true }),
  endsAt: z.iso.datetime({ offset: true }).nullable(),
  /** Where the sender explains it; shown, never fetched. */
  url: z.string().nullable(),
});
export type Alert = z.infer<typeof Alert>;

/** What the gateway tells a run about the alerts that belong to it; at most one for each episode and change. */
export const AlertNews = warm(
  z.object({
    /** Known by it when told twice. */
    id: z.string().max(100),
    kind: z.enum(['joined', 'resolved', 'firing again']),
    /** What it says, in a sentence for journal and dashboard. */
    says: z.string().max(1_000),
    /** Whether every alert of the run has resolved. */
    allResolved: z.boolean(),
  }),
);
export type AlertNews = z.infer<typeof AlertNews>;

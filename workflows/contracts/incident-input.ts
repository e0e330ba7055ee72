import { z } from 'zod';
import { TargetName } from './params';
import { IncidentKind } from './incident';
import { Span } from './span';

/** What a person or an alert gives to an incident response. */
export const incidentInput = (lookEvery: Span) =>
  z.object({
    target: TargetName,
    kind: IncidentKind.default('other').describe('what it is about: it chooses who is told, and which signs show that it is over'),
    impact: z.string().trim().min(1).max(500).default('not known yet').describe('who cannot do what'),
    startsAt: z.iso.datetime({ offset: true }).optional().describe('when the problem began; the clocks run from then. Default: now'),
    dataLossRisk: z.boolean().default(false).describe('tells all on-call staff and the incident commander at once'),
    watchFor: Span.default('1 hour').describe('how long the database must stay well after it was resolved'),
    lookEvery: Span.default(lookEvery).describe('how often the database is looked at'),
  });
export type IncidentInput = z.output<ReturnType<typeof incidentInput>>;

import { z } from 'zod';
import { PersonName, Reason } from './params';
import { warm } from './warm-up';
/** What an incident passes through, in this order. */
export const MILESTONES = ['acknowledged', 'assessed', 'mitigated', 'resolved'] as const;
export type Milestone = (typeof MILESTONES)[number];
export const IncidentKind = z.enum([
  'database-down',
  'connections',
  'performance',
  'replication',
  'disk',
  'data-corruption',
  'security',
  'tviews',
  'other',
]);
export type IncidentKind = z.infer<typeof IncidentKind>;

const By = PersonName.describe('your name; recorded as claimed');

/** What people tell an incident: one JSON object each, as Update or as Signal of the same name. */
export const INCIDENT_MESSAGES = {
  acknowledge: { schema: z.strictObject({ by: By }), help: '{"by":"ann"} - you look after it from now on' },
  handOver: {
    schema: z.strictObject({ by: By, to: PersonName, reason: Reason }),
    help: '{"by":"ann","to":"bob","reason":"my shift ends"} - another person looks after it',
  },
  assess: {
    schema: z.strictObject({ by: By, reason: Reason }),
    help: '{"by":"ann","reason":"all slots are taken by the shop; checkout fails"} - what is affected, and how much',
  },
  mitigate: {
    schema: z.strictObject({ by: By, reason: Reason, runbook: z.string().max(100).optional(), input: z.record(z.string(), z.json()).optional() }),
    help: '{"by":"ann","reason":"...","runbook":"relieveConnectionExhaustion"} - starts that runbook, which asks at its own gate; without a runbook: users are served again',
  },
  resolve: {
    schema: z.strictObject({ by: By, reason: Reason }),
    help: '{"by":"ann","reason":"cause and fix in a sentence"} - it is over; the database is looked at before that counts',
  },
  note: { schema: z.strictObject({ by: By, reason: Reason }), help: '{"by":"ann","reason":"..."} - a line for the timeline' },
} as const;
for (const { schema } of Object.values(INCIDENT_MESSAGES)) warm(schema);
export type IncidentMessageKind = keyof typeof INCIDENT_MESSAGES;
export interface IncidentMessage {
  readonly by: string;
  readonly reason?: string | undefined;
  readonly to?: string | undefined;
  readonly runbook?: string | undefined;
  readonly input?: Readonly<Record<string, unknown>> | undefined;
}

/** What reaches milestones beside people; nobody may speak under these names. */
export const NOT_PEOPLE: readonly string[] = ['the database', 'alert'];

/** Who wanted a child run: the runbook itself, at its start; what the database showed; or a person. */
export type AskedBy = 'diagnosis' | 'proposal' | 'request';

/** What an incident adds to the record of its run. */
export interface IncidentRecord {
  readonly severity: 'P1' | 'P2';
  readonly kind: IncidentKind;
  readonly impact: string;
  /** When the problem began, and when the run heard of it. */
  readonly startsAt: string;
  readonly heardAt: string;
  readonly milestones: Readonly<Partial<Record<Milestone, { readonly at: string; readonly by: string; readonly says: string }>>>;
  readonly holder: string | null;
  readonly escalations: readonly { readonly at: string; readonly to: string; readonly because: string }[];
  readonly updates: number;
  readonly cause: string | null;
  /** Child runs, with what they are for and how they ended. */
  readonly runs: readonly {
    readonly workflowId: string;
    readonly runbook: string;
    readonly why: string;
    readonly asked: AskedBy;
    readonly outcome: string | null;
  }[];
  readonly unheard: readonly string[];
  readonly reviewBy: string;
}

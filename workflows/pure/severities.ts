import type { IncidentKind, Milestone } from '../contracts/incident';
import type { Span } from '../contracts/span';

/** How soon each milestone is due, from the moment at which the problem began: at `aim` the people at work are reminded, at `limit` others are told. */
export interface Severity {
  readonly name: 'P1' | 'P2';
  readonly clock: Readonly<Record<Milestone, { readonly aim?: Span; readonly limit: Span }>>;
  /** How often a status update is due until it is resolved. */
  readonly updateEvery: Span;
}

/** Critical: the service is gone for everybody. Source: git-p1 (5 min, 15 min, 30-60 min, 2-4 h); the interval of updates is ours. */
export const P1: Severity = {
  name: 'P1',
  clock: {
    acknowledged: { limit: '5 minutes' },
    assessed: { limit: '15 minutes' },
    mitigated: { aim: '30 minutes', limit: '60 minutes' },
    resolved: { aim: '2 hours', limit: '4 hours' },
  },
  updateEvery: '30 minutes',
};

/** High: much is impaired. Source: git-p2 (acknowledge 30 min, resolve 4 h); the two times between are ours. */
export const P2: Severity = {
  name: 'P2',
  clock: {
    acknowledged: { limit: '30 minutes' },
    assessed: { limit: '60 minutes' },
    mitigated: { limit: '2 hours' },
    resolved: { aim: '3 hours', limit: '4 hours' },
  },
  updateEvery: '1 hour',
};

/** Who is told first, and who after so long without a mitigation. */
export interface Escalation {
  readonly first: string;
  readonly then: readonly { readonly after: Span; readonly to: string }[];
}

const DATABASE: Escalation = { first: 'on-call engineer', then: [{ after: '15 minutes', to: 'DBA team' }] };

/** The escalation matrix by kind of issue. Sources: git-escalation; for tviews tv-escalation (major: more than 30 minutes to resolve). */
export const MATRIX: Readonly<Record<IncidentKind, Escalation>> = {
  'database-down': DATABASE,
  connections: DATABASE,
  replication: DATABASE,
  disk: DATABASE,
  other: DATABASE,
  'data-corruption': { first: 'on-call engineer', then: [{ after: '30 minutes', to: 'senior engineer' }] },
  security: { first: 'security team', then: [{ after: '0 minutes', to: 'CISO' }] },
  performance: { first: 'DevOps engineer', then: [{ after: '1 hour', to: 'SRE team' }] },
  tviews: {
    first: 'on-call engineer',
    then: [
      { after: '30 minutes', to: 'DBA team' },
      { after: '30 minutes', to: 'on-call architect' },
    ],
  },
};

/** Told at once where data may be lost. Source: tv-escalation, critical. */
export const DATA_LOSS: readonly string[] = ['all on-call staff', 'incident commander'];

/** Told when a limit is missed, beside those of the matrix. */
export const MISSED: Readonly<Record<'mitigated' | 'resolved', string>> = { mitigated: 'incident commander', resolved: 'management' };

/** Told of the beginning, the updates and the end. */
export const STAKEHOLDERS = 'stakeholders';

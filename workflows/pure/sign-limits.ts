/** What is still well. A figure above `warning` is a finding, one above `critical` an urgent one. */
export interface Limit {
  readonly warning: number;
  readonly critical?: number;
  /** Whose figure it is. */
  readonly source: string;
}

/** The limits of the signs, in the unit that the key names. */
export const SIGN_LIMITS = {
  usedSlotsPercent: { warning: 80, critical: 90, source: 'srv-connections, srv-alerts (80 %); pgMonitor (90 %)' },
  idleInTransaction: { warning: 10, source: 'srv-connections' },
  idleInTransactionSeconds: { warning: 300, critical: 900, source: 'pgMonitor' },
  transactionSeconds: { warning: 1_800, source: 'ours: from then on dead rows gather everywhere' },
  querySeconds: { warning: 300, source: 'srv-health' },
  lockWaitSeconds: { warning: 10, critical: 60, source: 'ours: clients give up after some 30 seconds' },
  preparedSeconds: { warning: 300, critical: 3_600, source: 'ours; check_postgres warns from the first second on' },
  frozenPercentOfAutovacuum: { warning: 110, critical: 125, source: 'pgMonitor' },
  frozenPercentOfLimit: { warning: 50, critical: 75, source: 'pgMonitor' },
  replayLagSeconds: { warning: 300, source: 'srv-alerts' },
  replayLagBytes: { warning: 100_000_000, source: 'pgMonitor; the same as in checkReplication' },
  retainedBytes: { warning: 1_000_000_000, critical: 20_000_000_000, source: 'the same as in checkReplication; the critical one is ours' },
} as const satisfies Readonly<Record<string, Limit>>;

export type SignLimits = { readonly [Name in keyof typeof SIGN_LIMITS]: Limit };

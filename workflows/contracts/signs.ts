import { z } from 'zod';

const Count = z.number();
const Bytes = z.number();
const Seconds = z.number();
const Percent = z.number();

/** The signs that decide whether a database is well, from one look at one server. Null where there is nothing to measure. */
export const Signs = z.object({
  /** For example `18.4`. */
  version: z.string(),
  role: z.enum(['primary', 'standby']),
  readOnlyDefault: z.boolean(),

  usedSlots: Count,
  /** Slots that ordinary roles can use. */
  usableSlots: Count,
  freeSlots: Count,
  usedSlotsPercent: Percent,
  active: Count,
  idleInTransaction: Count,
  oldestIdleInTransactionSeconds: Seconds.nullable(),
  longestTransactionSeconds: Seconds.nullable(),
  longestQuerySeconds: Seconds.nullable(),
  waitingForLocks: Count,
  longestLockWaitSeconds: Seconds.nullable(),
  preparedTransactions: Count,
  oldestPreparedSeconds: Seconds.nullable(),

  /** The database whose transaction ids are oldest. */
  frozenDatabase: z.string(),
  frozenAge: Count,
  frozenPercentOfAutovacuum: Percent,
  /** Of 2^31, where the server stops taking writes. */
  frozenPercentOfLimit: Percent,
  /** As the one above, of multixact ids. */
  multixactPercentOfLimit: Percent,

  streamingStandbys: Count,
  /** Of the worst standby; on a standby its own. */
  replayLagBytes: Bytes.nullable(),
  replayLagSeconds: Seconds.nullable(),
  /** On a standby: whether WAL comes in. */
  receiving: z.boolean().nullable(),
  inactiveSlots: z.array(z.string()),
  lostSlots: z.array(z.string()),
  worstSlot: z.string().nullable(),
  worstSlotRetainedBytes: Bytes.nullable(),
  archiverFailing: z.boolean(),

  /** Null where so many relations are in the database that adding up their files would take long. */
  databaseBytes: Bytes.nullable(),
  /** Since the statistics were reset. */
  temporaryBytes: Bytes,
  deadlocks: Count,
  cacheHitPercent: Percent.nullable(),
  checkpointsTimed: Count.nullable(),
  checkpointsRequested: Count.nullable(),
});
export type Signs = z.infer<typeof Signs>;

/** What is left over from earlier work: seldom urgent, and easily forgotten. At most 10 names each. */
export const Leftovers = z.object({
  /** Indexes that are not valid and that nobody is building. */
  invalidIndexes: z.array(z.string()),
  invalidIndexCount: Count,
  /** Settings whose new value waits for a restart. */
  pendingRestart: z.array(z.string()),
});
export type Leftovers = z.infer<typeof Leftovers>;

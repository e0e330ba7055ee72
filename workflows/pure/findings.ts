import { z } from 'zod';
import { SIGN_LIMITS, type Limit, type SignLimits } from './sign-limits';
import { inWords } from './span';
import type { Leftovers, Signs } from '../contracts/signs';
import { pluralize } from './pluralize';

/** What a finding is about. */
export const FINDING_KINDS = [
  'connections',
  'locks',
  'transactions',
  'queries',
  'wraparound',
  'replication',
  'slots',
  'archiving',
  'settings',
  'indexes',
] as const;

/** One thing that is not well: a sentence with its figure and limit, and the runbook to reach for where there is one. */
export const Finding = z.object({
  kind: z.enum(FINDING_KINDS),
  severity: z.enum(['critical', 'warning']),
  sentence: z.string(),
  /** What to do beside or instead of a runbook. */
  doNext: z.string(),
  /** The id of a runbook. */
  runbook: z.string().optional(),
  /** What that runbook is started with beside the target. */
  input: z.record(z.string(), z.number()).optional(),
});
export type Finding = z.infer<typeof Finding>;

/** As many as a run of relieveConnectionExhaustion ends by its own limit. */
const MAX_ENDED = 20;

type Kind = Finding['kind'];
type Told = Pick<Finding, 'sentence' | 'doNext' | 'runbook' | 'input'>;

/** What is not well, urgent things first; nothing of it where all is well. Pure: the same signs give the same findings. */
export function judgeSigns(signs: Signs, leftovers: Leftovers | null = null, limits: SignLimits = SIGN_LIMITS): Finding[] {
  const found: Finding[] = [];
  const add = (kind: Kind, severity: Finding['severity'], told: Told): void => void found.push({ kind, severity, ...told });
  const above = (kind: Kind, value: number | null, limit: Limit, told: (value: number) => Told): boolean => {
    if (value === null || value <= limit.warning) return false;
    add(kind, limit.critical !== undefined && value > limit.critical ? 'critical' : 'warning', told(value));
    return true;
  };
  const onPrimary = signs.role === 'primary';

  above('connections', signs.usedSlotsPercent, limits.usedSlotsPercent, (percent) => ({
    sentence: `${signs.usedSlots} of ${signs.usableSlots} connection slots are used (${percent} %), ${signs.freeSlots} are free; with none left clients get "too many clients already"`,
    doNext: 'terminates the idle sessions, after an approval',
    runbook: 'relieveConnectionExhaustion',
    input: { freeSlots: signs.usableSlots - Math.floor((signs.usableSlots * limits.usedSlotsPercent.warning) / 100) },
  }));
  // Slots may be free: it ends sessions until more of them are.
  const sitting = (sessions: number) => ({
    doNext: 'terminates sessions idle in transaction, after an approval; the application must commit or roll back sooner',
    runbook: 'relieveConnectionExhaustion',
    input: { freeSlots: signs.freeSlots + Math.min(sessions, MAX_ENDED) },
  });
  above('connections', signs.idleInTransaction, limits.idleInTransaction, (sessions) => ({
    sentence: `${sessions} sessions are idle in transaction (more than ${limits.idleInTransaction.warning})`,
    ...sitting(sessions),
  }));
  above('transactions', signs.oldestIdleInTransactionSeconds, limits.idleInTransactionSeconds, (seconds) => ({
    sentence: `a session has been idle in transaction for ${inWords(seconds * 1_000)}: its locks stay, and VACUUM removes nothing newer`,
    ...sitting(1),
  }));
  above('transactions', signs.longestTransactionSeconds, limits.transactionSeconds, (seconds) => ({
    sentence: `the longest transaction is open for ${inWords(seconds * 1_000)}; until it ends VACUUM removes nothing newer`,
    doNext: 'see in the steps whose it is; a dump or a migration is left alone, anything else is asked to end',
  }));
  above('queries', signs.longestQuerySeconds, limits.querySeconds, (seconds) => ({
    sentence: `the longest statement has been running for ${inWords(seconds * 1_000)}`,
    doNext: 'see in the steps whose it is and what it waits for; the runbook terminates such statements, after an approval, where they eat memory',
    runbook: 'relieveMemoryPressure',
  }));
  above('locks', signs.longestLockWaitSeconds, limits.lockWaitSeconds, (seconds) => ({
    sentence: `waiting for locks: ${pluralize(signs.waitingForLocks, 'session')}, the longest for ${inWords(seconds * 1_000)}`,
    doNext: 'terminate the first of the blockers in the steps, never the waiters',
  }));
  above('transactions', signs.oldestPreparedSeconds, limits.preparedSeconds, (seconds) => ({
    sentence: `prepared and not resolved: ${pluralize(signs.preparedTransactions, 'transaction')}, the oldest for ${inWords(seconds * 1_000)}; they keep their locks, and no restart ends them`,
    doNext: 'ask the transaction manager which way it decided; then the runbook resolves it',
    runbook: 'resolvePreparedTransaction',
  }));

  const vacuum = {
    doNext:
      'look for what holds VACUUM back (long and prepared transactions, slots); then VACUUM the oldest tables of that database, and never end an autovacuum "to prevent wraparound"',
  };
  const near = above('wraparound', signs.frozenPercentOfLimit, limits.frozenPercentOfLimit, (percent) => ({
    sentence: `${signs.frozenDatabase} has used ${percent} % of its transaction ids (age ${signs.frozenAge}); at 100 % the server takes no writes`,
    ...vacuum,
  }));
  if (!near)
    above('wraparound', signs.frozenPercentOfAutovacuum, limits.frozenPercentOfAutovacuum, (percent) => ({
      sentence: `autovacuum does not keep up with freezing ${signs.frozenDatabase}: its age is ${signs.frozenAge}, ${percent} % of autovacuum_freeze_max_age`,
      ...vacuum,
    }));
  above('wraparound', signs.multixactPercentOfLimit, limits.frozenPercentOfLimit, (percent) => ({
    sentence: `${percent} % of the multixact ids are used; at 100 % the server takes no writes`,
    ...vacuum,
  }));

  const lag = { doNext: 'shows every node; do not switch over to a standby that is behind', runbook: 'checkReplication' };
  const who = onPrimary ? 'the worst standby' : 'this standby';
  above('replication', signs.replayLagSeconds, limits.replayLagSeconds, (seconds) => ({
    sentence: `${who} is ${inWords(seconds * 1_000)} behind`,
    ...lag,
  }));
  above('replication', signs.replayLagBytes, limits.replayLagBytes, (bytes) => ({
    sentence: `${who} is ${formatBytes(bytes)} of WAL behind`,
    ...lag,
  }));
  if (signs.receiving === false) add('replication', 'critical', { sentence: 'this standby receives no WAL: it grows older by the second', ...lag });

  const slot = {
    doNext: 'bring its consumer back, or drop the slot when that is gone permanently; else WAL fills the disk',
    runbook: 'checkReplication',
  };
  if (signs.inactiveSlots.length)
    add('slots', 'warning', { sentence: `nobody uses ${countThings(signs.inactiveSlots, 'slot')}, and WAL is kept for it`, ...slot });
  above('slots', signs.worstSlotRetainedBytes, limits.retainedBytes, (bytes) => ({
    sentence: `the slot ${signs.worstSlot} holds ${formatBytes(bytes)} of WAL back`,
    ...slot,
  }));
  if (signs.lostSlots.length)
    add('slots', 'critical', {
      sentence: `${countThings(signs.lostSlots, 'slot')} lost WAL that was still needed`,
      doNext: 'the standby must be copied again: runbook rejoinNode; a logical consumer must begin again',
      runbook: 'rejoinNode',
    });
  if (signs.archiverFailing)
    add('archiving', 'critical', {
      sentence: 'the last WAL file could not be archived: WAL stays on the disk, and a recovery would end before it',
      doNext: "read archive_command's error in the server log; free its destination; never delete from pg_wal",
    });
  if (signs.readOnlyDefault && onPrimary)
    add('settings', 'critical', {
      sentence: 'new transactions begin read-only (default_transaction_read_only is on): writes fail with 25006',
      doNext:
        'find out who set it and why; the runbook takes back what makeDatabaseReadOnly has set, and checkReplication shows a fence that was left',
      runbook: 'makeDatabaseWritable',
    });

  if (leftovers?.pendingRestart.length)
    add('settings', 'warning', {
      sentence: `${countThings(leftovers.pendingRestart, 'setting')} changed and wait for a restart`,
      doNext: 'plan the restart, or the next unplanned one brings them',
    });
  if (leftovers?.invalidIndexes.length)
    add('indexes', 'warning', {
      sentence: `invalid: ${pluralize(leftovers.invalidIndexCount, 'index', 'indexes')} (${leftovers.invalidIndexes.join(', ')}), which cost writes and serve nobody`,
      doNext: 'DROP INDEX CONCURRENTLY, then build them again',
    });
  return [...found.filter(({ severity }) => severity === 'critical'), ...found.filter(({ severity }) => severity === 'warning')];
}

/** A finding as one line of advice. */
export function adviceFor({ severity, sentence, doNext, runbook, input = {} }: Finding): string {
  const given = Object.entries(input).map(([name, value]) => ` with ${name} ${value}`);
  return `${severity === 'critical' ? 'URGENT: ' : ''}${sentence}. Next: ${runbook ? `runbook ${runbook}${given.join('')}: ` : ''}${doNext}.`;
}

const countThings = (names: readonly string[], noun: string): string => `${pluralize(names.length, noun)} (${names.join(', ')})`;

function formatBytes(bytes: number): string {
  return bytes < 1e9 ? `${Math.round(bytes / 1e6)} MB` : `${(bytes / 1e9).toFixed(1)} GB`;
}

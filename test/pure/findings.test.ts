import { z } from 'zod';
import { loadRunbooks } from '../../scripts/generate/sources';
import { projectRoot } from '../../scripts/parts/project-root';
import { adviceFor, FINDING_KINDS, judgeSigns } from '../../workflows/pure/findings';
import { SIGN_LIMITS } from '../../workflows/pure/sign-limits';
import type { Leftovers, Signs } from '../../workflows/contracts/signs';
import { RUNBOOK_IDS } from '../../workflows/names';

const WELL: Signs = {
  version: '18.4',
  role: 'primary',
  readOnlyDefault: false,
  usedSlots: 12,
  usableSlots: 97,
  freeSlots: 85,
  usedSlotsPercent: 12.4,
  active: 1,
  idleInTransaction: 0,
  oldestIdleInTransactionSeconds: null,
  longestTransactionSeconds: null,
  longestQuerySeconds: null,
  waitingForLocks: 0,
  longestLockWaitSeconds: null,
  preparedTransactions: 0,
  oldestPreparedSeconds: null,
  frozenDatabase: 'shop',
  frozenAge: 1_000,
  frozenPercentOfAutovacuum: 1,
  frozenPercentOfLimit: 0.1,
  multixactPercentOfLimit: 0,
  streamingStandbys: 0,
  replayLagBytes: null,
  replayLagSeconds: null,
  receiving: null,
  inactiveSlots: [],
  lostSlots: [],
  worstSlot: null,
  worstSlotRetainedBytes: null,
  archiverFailing: false,
  databaseBytes: 8_000_000,
  temporaryBytes: 0,
  deadlocks: 0,
  cacheHitPercent: 99,
  checkpointsTimed: 10,
  checkpointsRequested: 1,
};
const NOTHING: Leftovers = { invalidIndexes: [], invalidIndexCount: 0, pendingRestart: [] };
const severities = (signs: Partial<Signs>, left = NOTHING): string[] =>
  judgeSigns({ ...WELL, ...signs }, left).map(({ kind, severity }) => `${kind} ${severity}`);

test('where all is well nothing is found', () => {
  expect(judgeSigns(WELL)).toEqual([]);
  expect(judgeSigns(WELL, NOTHING)).toEqual([]);
});

test.each([
  ['usedSlotsPercent', 80, 80.1, 'connections warning'],
  ['usedSlotsPercent', 0, 90.1, 'connections critical'],
  ['idleInTransaction', 10, 11, 'connections warning'],
  ['oldestIdleInTransactionSeconds', 300, 301, 'transactions warning'],
  ['oldestIdleInTransactionSeconds', 0, 901, 'transactions critical'],
  ['longestTransactionSeconds', 1_800, 1_801, 'transactions warning'],
  ['longestQuerySeconds', 300, 301, 'queries warning'],
  ['longestLockWaitSeconds', 10, 11, 'locks warning'],
  ['longestLockWaitSeconds', 0, 61, 'locks critical'],
  ['oldestPreparedSeconds', 300, 301, 'transactions warning'],
  ['oldestPreparedSeconds', 0, 3_601, 'transactions critical'],
  ['frozenPercentOfAutovacuum', 110, 110.1, 'wraparound warning'],
  ['frozenPercentOfAutovacuum', 0, 125.1, 'wraparound critical'],
  ['frozenPercentOfLimit', 50, 50.1, 'wraparound warning'],
  ['frozenPercentOfLimit', 0, 75.1, 'wraparound critical'],
  ['multixactPercentOfLimit', 50, 50.1, 'wraparound warning'],
  ['replayLagSeconds', 300, 300.1, 'replication warning'],
  ['replayLagBytes', 1e8, 1e8 + 1, 'replication warning'],
  ['worstSlotRetainedBytes', 1e9, 1e9 + 1, 'slots warning'],
  ['worstSlotRetainedBytes', 0, 2e10 + 1, 'slots critical'],
  ['receiving', true, false, 'replication critical'],
  ['inactiveSlots', [], ['gone'], 'slots warning'],
  ['lostSlots', [], ['gone'], 'slots critical'],
  ['archiverFailing', false, true, 'archiving critical'],
  ['readOnlyDefault', false, true, 'settings critical'],
] as [keyof Signs, Signs[keyof Signs], Signs[keyof Signs], string][])('%s: %j is well, %j is found: %s', (name, well, unhealthy, expected) => {
  expect(severities({ [name]: well })).toEqual([]);
  expect(severities({ [name]: unhealthy })).toEqual([expected]);
});

test('leftovers are found, a read-only default of a standby is not', () => {
  expect(severities({}, { ...NOTHING, pendingRestart: ['shared_buffers'] })).toEqual(['settings warning']);
  expect(severities({}, { ...NOTHING, invalidIndexes: ['app.x'], invalidIndexCount: 1 })).toEqual(['indexes warning']);
  expect(severities({ role: 'standby', readOnlyDefault: true })).toEqual([]);
});

const EVERYTHING: Signs = {
  ...WELL,
  usedSlots: 97,
  freeSlots: 0,
  usedSlotsPercent: 100,
  idleInTransaction: 12,
  oldestIdleInTransactionSeconds: 600,
  longestTransactionSeconds: 7_000,
  longestQuerySeconds: 400,
  waitingForLocks: 7,
  longestLockWaitSeconds: 90,
  preparedTransactions: 2,
  oldestPreparedSeconds: 4_000,
  frozenAge: 1_700_000_000,
  frozenPercentOfLimit: 79.2,
  replayLagSeconds: 310,
  receiving: false,
  inactiveSlots: ['gone'],
  lostSlots: ['lost'],
  worstSlot: 'gone',
  worstSlotRetainedBytes: 3e10,
  archiverFailing: true,
  readOnlyDefault: true,
};

test('the urgent comes first, and every kind can be found', () => {
  const found = judgeSigns(EVERYTHING, { invalidIndexes: ['app.x'], invalidIndexCount: 1, pendingRestart: ['shared_buffers'] });
  expect(new Set(found.map(({ kind }) => kind))).toEqual(new Set(FINDING_KINDS));
  const severity = found.map((one) => one.severity);
  expect(severity).toEqual([...severity].sort());
});

test('every runbook that a finding names is one', () => {
  const named = judgeSigns(EVERYTHING).flatMap(({ runbook }) => runbook ?? []);
  expect(named).toEqual(
    expect.arrayContaining(['relieveConnectionExhaustion', 'resolvePreparedTransaction', 'relieveMemoryPressure', 'checkReplication']),
  );
  expect(named.filter((id) => !RUNBOOK_IDS.includes(id))).toEqual([]);
});

test('the runbook takes the input of the finding, and finds something to do with it', async () => {
  const headers = new Map((await loadRunbooks(projectRoot())).map(({ header }) => [header.id, header]));
  for (const { runbook = '', input = {} } of judgeSigns(EVERYTHING).filter((one) => one.input)) {
    const header = headers.get(runbook);
    expect(z.strictObject(header?.input.shape ?? {}).safeParse({ target: 'shop', ...input }).error).toBeUndefined();
  }
  // It ends at once where as many slots are free as it wants: of 1000 used to 81 %, 190 are.
  const large = { ...WELL, usableSlots: 1_000, usedSlots: 810, freeSlots: 190, usedSlotsPercent: 81, idleInTransaction: 30 };
  expect(judgeSigns(large).map(({ input }) => input)).toEqual([{ freeSlots: 200 }, { freeSlots: 210 }]);
});

test('a finding reads like this at 3 a.m.', () => {
  expect(judgeSigns(EVERYTHING).slice(0, 3).map(adviceFor)).toEqual([
    'URGENT: 97 of 97 connection slots are used (100 %), 0 are free; with none left clients get "too many clients already". Next: runbook relieveConnectionExhaustion with freeSlots 20: terminates the idle sessions, after an approval.',
    'URGENT: waiting for locks: 7 sessions, the longest for 90 s. Next: terminate the first of the blockers in the steps, never the waiters.',
    'URGENT: prepared and not resolved: 2 transactions, the oldest for 66 min 40 s; they keep their locks, and no restart ends them. Next: runbook resolvePreparedTransaction: ask the transaction manager which way it decided; then the runbook resolves it.',
  ]);
});

test('limits are data: each has its source, and the critical one is above the other', () => {
  for (const limit of Object.values(SIGN_LIMITS)) {
    expect(limit.source).not.toBe('');
    if ('critical' in limit) expect(limit.critical).toBeGreaterThan(limit.warning);
  }
  expect(judgeSigns({ ...WELL, longestQuerySeconds: 4 }, null, { ...SIGN_LIMITS, querySeconds: { warning: 3, source: 'here' } })).toHaveLength(1);
});

import { ActivityCancellationType, log, proxyActivities, proxyLocalActivities } from '@temporalio/workflow';
import type { LockRelease } from '../../contracts/lock';
import type { RunServices } from '../../contracts/run-services';
import type { RunReport } from '../../contracts/journal';

const SHORT = {
  startToCloseTimeout: '5 seconds',
  scheduleToCloseTimeout: '20 seconds',
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  retry: { initialInterval: '200 milliseconds', maximumInterval: '2 seconds', maximumAttempts: 5 },
} as const;

/** What the worker does for a run beside operations: briefing, target lock, journal store. Local activities: each is one quick call. */
export const services = proxyLocalActivities<RunServices>(SHORT);

/** For a lock that is asked by very many at once: tried until it answers. */
export const patientServices = proxyActivities<Pick<RunServices, 'acquireLock'>>({
  startToCloseTimeout: '10 seconds',
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  retry: { initialInterval: '300 milliseconds', backoffCoefficient: 1.5, maximumInterval: '5 seconds' },
  summary: 'ask for the target lock',
});

/**
 * Reads of history about a decision are ordinary activities: a local one would run before the acceptance is in history.
 */
export const attribution = proxyActivities<Pick<RunServices, 'attributeDecisions'>>({
  ...SHORT,
  scheduleToCloseTimeout: '5 minutes',
  retry: { initialInterval: '500 milliseconds', maximumInterval: '10 seconds' },
  summary: 'who decided',
});

/** Ends a run in one activity: its lock is released and its record stored. Nothing that fails here stops it. */
export async function closeRun(release: LockRelease | null, report: RunReport): Promise<void> {
  const problems = await services
    .endRun({ release, report })
    .catch((error: unknown) => ({ release: release && String(error), report: String(error) }));
  if (problems.report) log.warn('The report is not stored now; the reconciler stores it later.', { error: problems.report });
  if (release && problems.release) await releaseLock(release);
}

/** Lets go of the lock. One that cannot be told looks after its holder itself; a run that ended well must not be undone for that. */
export async function releaseLock(release: LockRelease): Promise<void> {
  await services.releaseLock(release).catch((error: unknown) => log.warn('The target lock could not be told of the end.', { error: String(error) }));
}

/** Stores the record of the run; a control database that is away never stops a run. */
export async function store(report: RunReport): Promise<void> {
  try {
    await proxyLocalActivities<RunServices>({
      ...SHORT,
      scheduleToCloseTimeout: '2 seconds',
      startToCloseTimeout: '2 seconds',
      retry: { maximumAttempts: 1 },
    }).storeReport(report);
  } catch (error) {
    log.warn('The report is not stored now; the reconciler stores it later.', { error: String(error) });
  }
}

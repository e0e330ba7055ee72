import { ActivityCancellationType, continueAsNew, log, proxyActivities, setCurrentDetails, sleep } from '@temporalio/workflow';
import type { RunServices } from '../contracts/run-services';

const { reconcile } = proxyActivities<Pick<RunServices, 'reconcile'>>({
  startToCloseTimeout: '2 minutes',
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  retry: { maximumAttempts: 3 },
  summary: 'find runs that ended without a word',
});

const ROUNDS = 500;

/** Looks for runs that were terminated or timed out: stores their reports, tells their locks. One for each namespace, started by the worker. */
export async function reconciler(input: { every?: string; since?: string } = {}): Promise<void> {
  let since = input.since ?? new Date(Date.now() - 86_400_000).toISOString();
  for (let round = 0; round < ROUNDS; round++) {
    const began = new Date().toISOString();
    try {
      const { reconciled } = await reconcile({ since });
      since = new Date(Date.parse(began) - 3_600_000).toISOString();
      setCurrentDetails(`Looked at ${began.slice(0, 19)}Z; reconciled just now: ${reconciled.join(', ') || 'none'}.`);
    } catch (error) {
      log.warn('Reconciling failed; it is tried again in the next round.', { error: String(error) });
    }
    await sleep(input.every ?? '30 seconds', { summary: 'until the next look' });
  }
  await continueAsNew<typeof reconciler>({ ...(input.every ? { every: input.every } : {}), since });
}

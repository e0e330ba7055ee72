import { ActivityCancellationType, continueAsNew, log, proxyActivities, setCurrentDetails, sleep } from '@temporalio/workflow';
import type { RunServices } from '../contracts/run-services';

const { announceGates } = proxyActivities<Pick<RunServices, 'announceGates'>>({
  startToCloseTimeout: '5 minutes',
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  retry: { maximumAttempts: 1 },
  summary: 'ask for the approvals that runs wait for',
});

const ROUNDS = 1_000;

/** Tells people which runs wait for them. Beside the runs, so that no message can hold one up. One for each namespace, started by a worker that has a notify.yaml. */
export async function approvalNotifier({ every = '10 seconds' }: { every?: string } = {}): Promise<void> {
  for (let round = 0; round < ROUNDS; round++) {
    try {
      const { asked } = await announceGates();
      if (asked.length) setCurrentDetails(`Asked at ${new Date().toISOString().slice(0, 19)}Z about ${asked.join(', ')}`);
    } catch (error) {
      log.warn('Nobody could be asked now; the next round tries again.', { error: String(error) });
    }
    await sleep(every, { summary: 'until the next look' });
  }
  await continueAsNew<typeof approvalNotifier>({ every });
}

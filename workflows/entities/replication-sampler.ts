import { ActivityCancellationType, continueAsNew, log, proxyActivities, setCurrentDetails, sleep, workflowInfo } from '@temporalio/workflow';

interface Sampling {
  takeReplicationSample(input: { readonly target: string }): Promise<{ readonly says: string }>;
}

const { takeReplicationSample } = proxyActivities<Sampling>({
  startToCloseTimeout: '15 seconds',
  heartbeatTimeout: '5 seconds',
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  retry: { maximumAttempts: 1 },
  summary: 'ask every node where it stands',
});

const ROUNDS = 1_000;

/** Stores where the primary of a cluster stands, again and again: what a failover may lose can only be told from before. One for each cluster, started by the worker. */
export async function replicationSampler({ target, every = '5 seconds' }: { target: string; every?: string }): Promise<void> {
  for (let round = 0; round < ROUNDS && !workflowInfo().continueAsNewSuggested; round++) {
    try {
      const { says } = await takeReplicationSample({ target });
      setCurrentDetails(`${target}, looked at ${new Date().toISOString().slice(0, 19)}Z: ${says}`);
    } catch (error) {
      log.warn('No sample could be stored; the next one is tried as usual.', { error: String(error) });
    }
    await sleep(every, { summary: 'until the next sample' });
  }
  await continueAsNew<typeof replicationSampler>({ target, every });
}

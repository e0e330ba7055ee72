import { ActivityCancellationType, proxyActivities, proxyLocalActivities } from '@temporalio/workflow';

/** What the bare workflow calls: the SQL of the ten steps, without ledger, lock, plan or record. */
export interface BareActivities {
  bareRead(order: { name: string }): Promise<{ amount: number }>;
  barePreview(order: { name: string }): Promise<unknown>;
  bareWrite(order: { name: string; amount: number }): Promise<string>;
}

const { bareRead, barePreview } = proxyLocalActivities<BareActivities>({
  startToCloseTimeout: '4 seconds',
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
});
const { bareWrite } = proxyActivities<BareActivities>({
  startToCloseTimeout: '24 hours',
  heartbeatTimeout: '5 seconds',
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
});

/** What a careful person writes without this project: looks as local activities, four previews, four writes as ordinary activities. */
export async function bare({ amount, names, rehearseReads }: { amount: number; names: string[]; rehearseReads: boolean }): Promise<string> {
  // A rehearsal reads what the flow reads; each different read once.
  if (rehearseReads) for (const name of names) await bareRead({ name });
  for (const name of names) await barePreview({ name });
  await bareRead({ name: 'apples' });
  await bareRead({ name: 'pears' });
  for (const name of names) {
    await bareWrite({ name, amount });
    const now = await bareRead({ name });
    if (now.amount !== amount) throw new Error(`${name} is not set`);
  }
  return 'done';
}

import { sleep } from '@temporalio/workflow';

/** Runs for as long as it is told; stands for a lock holder that is killed. */
export async function idle(ms: number): Promise<void> {
  await sleep(ms);
}

import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RunReport } from '../../workflows/contracts/journal';
import { askAgain } from '../../activities/runs/ask-again';
import { connectClient } from '../../workers/worker/create-worker';
import { missingForMonitoring } from '../parts/monitoring';
import { watchOrders } from './alerting';
import { approve, cli } from './by-hand';
import type { DemoEnvironment } from './environment';

const LOOKS = 300;
const EVERY_MS = 300;

/** An alert becomes an incident; a person takes it, approves the fix, and the alert and the database agree that it is over. Returns where the record is. */
export async function playAlert(environment: DemoEnvironment): Promise<string[]> {
  const { folder, alerting, orders, temporal, trouble } = environment;
  await trouble.repeat();
  const say = (line: string): void => void process.stdout.write(`  ${line}\n`);
  say(`pools hold 26 of 32 slots of orders-eu: more than 80 %`);
  const resolve = await watchOrders(folder, orders, alerting.webhook, say);
  const client = await connectClient(temporal.address, temporal.namespace);
  try {
    const id = await until('an incident that the alert has started', async () => {
      for await (const { workflowId } of client.workflow.list({ query: `WorkflowType = 'respondToP1' and ExecutionStatus = 'Running'` }))
        return workflowId;
      return null;
    });
    say(`the alert has started ${id}`);
    const incident = async () => (await askAgain(() => client.workflow.getHandle(id).query<RunReport>('report'))).incident;
    const by = ['--by', 'ann'];
    await cli(environment, ['acknowledge', id, ...by]);
    await cli(environment, ['assess', id, ...by, '--reason', 'the pools of web and nightly hold the slots; checkout is slow']);
    const spans = ['--set', 'idleLongerThan=1 second', '--set', 'idleInTransactionLongerThan=1 second', '--set', 'freeSlots=18'];
    await cli(environment, ['mitigate', id, ...by, '--reason', 'end what idles', '--runbook', 'relieveConnectionExhaustion', ...spans]);
    const fix = await until('the mitigation', async () => (await incident())?.runs.find(({ why }) => why === 'end what idles')?.workflowId ?? null);
    await approve(environment, fix);
    await cli(environment, ['watch', fix]);
    // With real programs the alert resolves by itself.
    if (missingForMonitoring().length) await resolve();
    await until('the end of the incident', async () => ((await client.workflow.getHandle(id).describe()).status.name === 'RUNNING' ? null : id));
    if (!missingForMonitoring().length) await resolve();
    process.stdout.write(
      `\n  The chat shows:\n${alerting.chat.messages.map(({ text, edits }) => `    ${text.split('\n')[0] ?? ''}${edits ? ` (edited ${edits} times)` : ''}\n`).join('')}`,
    );
    const files = [join(folder, 'reports', 'respondToP1.md'), join(folder, 'reports', 'post-mortem.md')];
    await cli(environment, ['report', id, '--format', 'md', '--out', files[0] ?? '']);
    await cli(environment, ['post-mortem', id, '--out', files[1] ?? '']);
    return files;
  } finally {
    await client.connection.close();
  }
}

async function until<T>(what: string, look: () => Promise<T | null>): Promise<T> {
  for (let n = 0; n < LOOKS; n++) {
    const found = await look();
    if (found !== null) return found;
    await sleep(EVERY_MS);
  }
  throw new Error(`Never saw ${what}.`);
}

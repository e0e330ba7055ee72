import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { randomUUID } from 'node:crypto';
import type { Client } from '@temporalio/client';
import { pollUntil } from '../parts/poll-until';
import { projectRoot } from '../parts/project-root';
import { forkWorker } from './forked-worker';
import { generateRunbooks } from './generated-runbooks';
import { round, time } from './numbers';
import { bundleWorkflows, progress, TARGET, TASK_QUEUE, type Setting } from './setting';

export interface WaitingRuns {
  readonly runs: number;
  readonly headers: number;
  /** Of the whole process: what an operator sees. */
  readonly rssKbPerRun: number;
  /** Of the heaps after a collection: what a run really holds. */
  readonly heapKbPerRun: number;
  readonly idleWorkerMb: number;
  /** So many runs at once, which wait for one target lock in turn, and how long until the last had ended. */
  readonly atOnce: { readonly runs: number; readonly ended: number; readonly done: number; readonly seconds: number };
}

const NAMESPACE = 'bench-memory';
const HEADERS = 75;
const AT_ONCE = 100;
const AT_ONCE_TIMEOUT_MS = 90_000;

/** What a run costs while it waits at a gate, in a worker with many runbooks; and whether many runs at once all end. */
export async function measureWaitingRuns(setting: Setting, quick: boolean): Promise<WaitingRuns> {
  const folder = join(setting.folder, 'generated');
  mkdirSync(folder);
  // Bundling looks for node_modules above the entry.
  symlinkSync(join(projectRoot(), 'node_modules'), join(folder, 'node_modules'));
  const { entry, ids } = generateRunbooks(folder, HEADERS);
  progress(`waiting runs: bundling ${HEADERS} generated runbooks`);
  const bundle = await bundleWorkflows(join(folder, 'bundle.js'), entry);
  const client = setting.client(NAMESPACE);
  const worker = await forkWorker({ ...setting, workflows: entry, bundle }, NAMESPACE);
  const runs = quick ? 200 : 500;
  const warmUps = 25;
  try {
    const idleWorker = await worker.memory();
    const warm = await startWaiting(client, ids, warmUps);
    const before = await worker.memory();
    progress(`waiting runs: bringing ${runs} runs to their gates`);
    const waiting = await startWaiting(client, ids, runs, warmUps);
    const after = await worker.memory();
    const each = (of: 'rss' | 'heapUsed'): number => round((after[of] - before[of]) / runs / 1_024);
    await inBatches([...warm, ...waiting], 25, (id) => client.workflow.getHandle(id).terminate('measured'));
    progress(`waiting runs: ${AT_ONCE} runs at once`);
    return {
      runs,
      headers: HEADERS,
      rssKbPerRun: each('rss'),
      heapKbPerRun: each('heapUsed'),
      idleWorkerMb: round(idleWorker.rss / 1_048_576),
      atOnce: await allAtOnce(client),
    };
  } finally {
    await worker.kill();
  }
}

/** Starts runs of all runbooks in turn and returns their ids when every one waits for a decision. */
async function startWaiting(client: Client, ids: readonly string[], runs: number, waitingAlready = 0): Promise<string[]> {
  const started = Array.from({ length: runs }, (_, i) => ({ runbook: ids[i % ids.length] ?? '', workflowId: `waiting/${randomUUID()}` }));
  await inBatches(started, 25, ({ runbook, workflowId }) =>
    client.workflow.start(runbook, { workflowId, taskQueue: TASK_QUEUE, args: [{ target: TARGET, name: 'apples', amount: 1 }] }),
  );
  const all = await pollUntil(
    async () => (await client.workflow.count(`RunbookPhase = 'awaiting-approval'`)).count >= runs + waitingAlready,
    300_000,
    500,
  );
  if (!all) throw new Error(`Not all of ${runs} runs reached their gates.`);
  return started.map(({ workflowId }) => workflowId);
}

/** All change the same database, so the target lock lets them through one by one. */
async function allAtOnce(client: Client): Promise<WaitingRuns['atOnce']> {
  const handles = await Promise.all(
    Array.from({ length: AT_ONCE }, (_, i) => {
      const args = [{ target: TARGET, name: 'pears', amount: i + 1 }];
      return client.workflow.start('generatedSafe', { workflowId: `at-once/${randomUUID()}`, taskQueue: TASK_QUEUE, args });
    }),
  );
  const ended: boolean[] = [];
  for (const handle of handles)
    void handle.result().then(
      (result) => ended.push((result as { outcome: string }).outcome === 'done'),
      () => ended.push(false),
    );
  const ms = await time(() => pollUntil(() => ended.length === AT_ONCE, AT_ONCE_TIMEOUT_MS, 50));
  const result = { runs: AT_ONCE, ended: ended.length, done: ended.filter((done) => done).length, seconds: round(ms / 1_000) };
  if (result.done < AT_ONCE) {
    progress(`FAULT: of ${AT_ONCE} runs at once ${result.ended} ended and ${result.done} ended well in ${result.seconds} s`);
    for (const [phase, runs] of await phasesNow(client)) progress(`FAULT:   ${runs} in phase ${phase}`);
  }
  return result;
}

async function phasesNow(client: Client): Promise<Map<string, number>> {
  const phases = new Map<string, number>();
  for await (const run of client.workflow.list({ query: `WorkflowType = 'generatedSafe' and ExecutionStatus = 'Running'` })) {
    const phase = String(run.searchAttributes['RunbookPhase']?.[0] ?? 'unknown');
    phases.set(phase, (phases.get(phase) ?? 0) + 1);
  }
  return phases;
}

async function inBatches<T>(items: readonly T[], size: number, each: (item: T) => Promise<unknown>): Promise<void> {
  for (let at = 0; at < items.length; at += size) await Promise.all(items.slice(at, at + size).map(each));
}

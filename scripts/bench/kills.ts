import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client, WorkflowHandle } from '@temporalio/client';
import type { RunStatus } from '../../workflows/engine/display/status';
import { askAgain } from '../../activities/runs/ask-again';
import { pollUntil } from '../parts/poll-until';
import { forkWorker, type ForkedWorker } from './forked-worker';
import { seriesOf, type Series } from './numbers';
import { firstStartAfter } from './phases';
import { progress, TARGET, TASK_QUEUE, type Setting } from './setting';

export interface Kills {
  readonly approvalToNextStep: Series;
  readonly killBetweenSteps: Series;
  readonly killInsideWrite: Series;
}

const NAMESPACE = 'bench-kills';
const WRITE_SECONDS = 3;
const WITHIN_MS = 60_000;
let amount = 1;

/** What people wait for: the next step after an approval, after a killed worker, and the end of a write whose worker was killed. */
export async function measureKills(setting: Setting, quick: boolean): Promise<Kills> {
  const client = setting.client(NAMESPACE);
  const workers = new Workers(setting);
  try {
    await workers.fill();
    await approval(client);
    progress('approval to the next step');
    const approvalToNextStep = await measureRepeatedly(quick ? 5 : 20, workers, () => approval(client));
    progress('killing a worker between two steps');
    const killBetweenSteps = await measureRepeatedly(quick ? 2 : 8, workers, () => approval(client, (identity) => workers.kill(identity)));
    progress('killing a worker inside a write');
    // Heartbeats reach the server every few seconds: when the kill falls between them decides, so it falls everywhere.
    const killInsideWrite = await measureRepeatedly(quick ? 2 : 8, workers, (round) =>
      insideWrite(setting, client, workers, 200 + ((round * 700) % 2_400)),
    );
    return { approvalToNextStep, killBetweenSteps, killInsideWrite };
  } finally {
    await workers.stop();
  }
}

async function measureRepeatedly(rounds: number, workers: Workers, measure: (round: number) => Promise<number>): Promise<Series> {
  const values: number[] = [];
  for (let round = 0; round < rounds; round++) {
    await workers.fill();
    values.push(await measure(round));
  }
  return seriesOf(values);
}

/** From the approval, or from the kill of the worker that holds the run just before it, to the start of the next write. */
async function approval(client: Client, kill?: (identity: string) => Promise<void>): Promise<number> {
  const handle = await startRun(client, 'gated', {});
  const { plan, gate } = await until(handle, (status) => status.gate !== null);
  // The task that answered the query has ended, and nothing of the run is on its way.
  await sleep(200);
  const holder = (await handle.fetchHistory()).events?.findLast((event) => event.workflowTaskCompletedEventAttributes);
  const began = Date.now();
  await kill?.(holder?.workflowTaskCompletedEventAttributes?.identity ?? '');
  await handle.executeUpdate('approve', { args: [{ plan: plan?.slice(0, 8), gate: gate?.number, by: 'olga' }] });
  await handle.result();
  return (firstStartAfter(await handle.fetchHistory(), began, 'setStock') ?? NaN) - began;
}

/** From the kill to the effect, without the write's own duration. */
async function insideWrite({ admin }: Setting, client: Client, workers: Workers, killAfterMs: number): Promise<number> {
  const handle = await startRun(client, 'slowWrite', { seconds: WRITE_SECONDS });
  const sleeping = `select 1 from pg_stat_activity where application_name like 'rb:%' and state = 'active' and query like '%pg_sleep%'`;
  await waitFor('the write to run', async () => ((await admin.query(sleeping)).rowCount ?? 0) > 0);
  await sleep(killAfterMs);
  const { raw } = await handle.describe();
  const began = Date.now();
  await workers.kill(raw.pendingActivities?.[0]?.lastWorkerIdentity ?? '');
  const done = `select done_at from runbooks.ledger where key like $1 and state = 'done'`;
  await waitFor('the effect', async () => ((await admin.query(done, [`${handle.workflowId}/%`])).rowCount ?? 0) > 0);
  const took = Date.now() - began;
  await handle.result();
  return took - WRITE_SECONDS * 1_000;
}

async function startRun(client: Client, runbook: string, input: object): Promise<WorkflowHandle> {
  const args = [{ target: TARGET, amount: amount++, ...input }];
  return client.workflow.start(runbook, { workflowId: `${runbook}/${randomUUID()}`, taskQueue: TASK_QUEUE, args });
}

async function until(handle: WorkflowHandle, wanted: (status: RunStatus) => boolean): Promise<RunStatus> {
  return waitFor('the gate', async () => {
    const status = await askAgain(() => handle.query<RunStatus>('status'));
    return wanted(status) && status;
  });
}

async function waitFor<T>(what: string, ask: () => Promise<T | false>): Promise<T> {
  const answer = await pollUntil(ask, WITHIN_MS, 10);
  if (answer === undefined) throw new Error(`Waited in vain for ${what}.`);
  return answer;
}

/** Two workers; when one is killed the other goes on polling, and a third takes its place before the next kill. */
class Workers {
  private readonly workers: ForkedWorker[] = [];

  constructor(private readonly setting: Setting) {}

  async fill(): Promise<void> {
    while (this.workers.length < 2) {
      const worker = await forkWorker(this.setting, NAMESPACE);
      this.workers.push(worker);
    }
  }

  /** Kills the worker of an identity (`pid@host`). */
  async kill(identity: string): Promise<void> {
    const at = this.workers.findIndex((worker) => identity.startsWith(`${worker.pid}@`));
    if (at < 0) throw new Error(`No worker is ${identity || 'known'}.`);
    await this.workers.splice(at, 1)[0]?.kill();
  }

  async stop(): Promise<void> {
    await Promise.all(this.workers.map((worker) => worker.kill()));
  }
}

import {
  ActivityCancellationType,
  allHandlersFinished,
  condition,
  continueAsNew,
  defineQuery,
  defineSignal,
  defineUpdate,
  getExternalWorkflowHandle,
  log,
  proxyActivities,
  setCurrentDetails,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import { z } from 'zod';
import { PersonName, Reason } from '../contracts/params';
import { warm } from '../contracts/warm-up';
import type { LockAnswer, LockHolder, LockRequest, LockState } from '../contracts/lock';
import type { RunServices } from '../contracts/run-services';
import { closing } from '../engine/run/exit';
import { lockGranted, lockTakenOver, lockWaiting } from '../engine/lock/lock-client';
import { LockQueue } from '../engine/lock/lock-queue';
import { lockDashboard } from '../engine/lock/lock-dashboard';

const { judgeHolder } = proxyActivities<Pick<RunServices, 'judgeHolder'>>({
  startToCloseTimeout: '20 seconds',
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  retry: { maximumAttempts: 3 },
  summary: 'is the holder alive?',
});

const Release = warm(z.object({ workflowId: z.string(), open: z.array(z.string()) }));
const Request = warm(
  z.object({
    systemIdentifier: z.string(),
    database: z.string(),
    scope: z.enum(['database', 'cluster']),
    workflowId: z.string(),
    runId: z.string(),
    firstRunId: z.string(),
    runbook: z.string(),
    target: z.string(),
    requestedBy: z.string().nullable(),
    floor: z.number(),
    plannedAt: z.string(),
    successorOf: z.string().optional(),
  }),
);
const Ended = warm(z.object({ workflowId: z.string() }));
const TakeOver = warm(z.object({ by: PersonName, reason: Reason, holder: z.string().optional() }));

/** How often the holders are looked at while somebody waits. */
const LOOK_EVERY = '5 seconds';
const EVENTS_BEFORE_CONTINUING = 2_000;

/**
 * The lock of one cluster, and of each database in it: first come, first served; it lives for ever.
 *
 * Update `acquire`, signals `release`, `takeOver`, `holderEnded`; query `state`.
 */
export async function targetLock(start: { state?: LockState; systemIdentifier: string }): Promise<void> {
  const queue = new LockQueue(start.state ?? { systemIdentifier: start.systemIdentifier, holders: [], waiters: [], lastToken: 0, releasedAt: {} });
  let suspects: string[] = [];
  let dirty = true;
  const telling = new Set<Promise<void>>();
  // A run that has ended meanwhile cannot be told; the next look finds out.
  const tell = (run: { workflowId: string }, signal: { name: string }, message: object): void => {
    const told = getExternalWorkflowHandle(run.workflowId)
      .signal(signal.name, message)
      .catch(() => undefined)
      .finally(() => telling.delete(told));
    telling.add(told);
  };
  const touch = (): void => {
    dirty = true;
    setCurrentDetails(lockDashboard(queue.state, new Date().toISOString()));
  };

  setHandler(
    defineUpdate<LockAnswer, [LockRequest]>('acquire'),
    (request) => {
      const answer = queue.acquire(request, new Date().toISOString());
      touch();
      return answer;
    },
    {
      description: 'for runs only: asks for the lock',
      validator: (request) => {
        if (!Request.safeParse(request).success) throw closing('InvalidInput', 'Only a run asks for the lock; the request is not one.');
      },
    },
  );
  onSignal('release', Release, 'for runs only: lets go of the lock', ({ workflowId, open }) => {
    queue.release(workflowId, open, new Date().toISOString());
    touch();
  });
  onSignal('holderEnded', Ended, 'from the reconciler: look whether this holder still lives', ({ workflowId }) => {
    suspects.push(workflowId);
    touch();
  });
  onSignal(
    'takeOver',
    TakeOver,
    '{"by":"ann","reason":"..."} - break-glass: ends the hold of a run; add "holder" where several hold',
    ({ by, reason, holder }) => {
      for (const lost of queue.takeOver(holder ?? null, new Date().toISOString())) tell(lost, lockTakenOver, { by, reason });
      touch();
    },
  );
  setHandler(defineQuery('state'), () => queue.state, { description: 'holders, age, waiters, last token' });
  touch();

  for (;;) {
    await condition(() => dirty, queue.state.waiters.length ? LOOK_EVERY : (undefined as never));
    const woken = dirty;
    dirty = false;
    const asked = woken ? suspects : queue.state.holders.map((holder) => holder.workflowId);
    suspects = [];
    for (const holder of queue.state.holders.filter((one) => asked.includes(one.workflowId) && !one.needsCleanUp)) await lookAt(queue, holder);
    queue.grantNext(new Date().toISOString());
    for (const { request, grant } of queue.takeGranted()) tell(request, lockGranted, grant);
    for (const { request, waiting } of queue.news(new Date().toISOString())) tell(request, lockWaiting, waiting);
    setCurrentDetails(lockDashboard(queue.state, new Date().toISOString()));
    if (!dirty && workflowInfo().historyLength > EVENTS_BEFORE_CONTINUING) {
      await condition(() => allHandlersFinished() && telling.size === 0);
      await continueAsNew<typeof targetLock>({ state: queue.state, systemIdentifier: start.systemIdentifier });
    }
  }
}

async function lookAt(queue: LockQueue, holder: LockHolder): Promise<void> {
  try {
    const verdict = await judgeHolder(holder);
    if (!verdict.alive) queue.release(holder.workflowId, verdict.open, new Date().toISOString(), verdict.because);
  } catch {
    // Not known is not dead: the holder keeps the lock, and the next look asks again.
  }
}

/** Registers a signal whose malformed forms are passed over: an error here would stop the lock of the whole cluster for ever. */
function onSignal<Schema extends z.ZodType>(name: string, schema: Schema, description: string, act: (message: z.output<Schema>) => void): void {
  setHandler(
    defineSignal<[unknown]>(name),
    (raw) => {
      const message = schema.safeParse(raw);
      if (message.success) act(message.data);
      else log.warn(`A malformed signal "${name}" was passed over.`);
    },
    { description },
  );
}

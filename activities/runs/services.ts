import { Context } from '@temporalio/activity';
import type { Client } from '@temporalio/client';
import type { LockAnswer, LockRequest } from '../../workflows/contracts/lock';
import type { RunServices } from '../../workflows/contracts/run-services';
import { applicationFailure } from '../effects/boundary';
import { KernelFailure } from '../sql/kernel-failure';
import { stateOf } from '../sql/sqlstates';
import { brief } from '../targets/briefing';
import { announceGates } from './announce-gates';
import { attestsSenders, attributeDecisions } from './attribution';
import { fenceAtControl } from '../control/ledger';
import { findOpenEffects } from './open-effects';
import { judgeHolder } from './holder';
import { reconcile } from './reconcile';
import { releaseLock, requestLock } from './request-lock';
import { findProblem } from './find-problem';
import type { ServiceParts } from './service-parts';

/** The activities that serve every run. */
export function runServices(parts: ServiceParts): RunServices {
  const client = (): Client => Context.current().client;
  return {
    brief: ({ target }) =>
      atBoundary(async () => {
        const [briefing, serverAttests] = await Promise.all([
          brief(parts.sessions, parts.registry, target, parts.searchAttributes, (cluster) => fenceAtControl(parts.ledger, cluster)),
          // Not known is no reason to stop: every sender is then looked up when there is one.
          attestsSenders(client(), parts.namespace, Context.current().info.workflowExecution).catch(() => null),
        ]);
        return { ...briefing, serverAttests };
      }),
    acquireLock: (request: LockRequest): Promise<LockAnswer> => atBoundary(() => requestLock(client(), parts.taskQueue, request)),
    releaseLock: (release) => atBoundary(() => releaseLock(client(), release)),
    storeReport: (report) => atBoundary(() => parts.storeReport(report)),
    endRun: ({ release, report }) =>
      atBoundary(async () => {
        const [released, stored] = await Promise.all([
          findProblem(async () => release && releaseLock(client(), release)),
          findProblem(() => parts.storeReport(report)),
        ]);
        return { release: released, report: stored };
      }),
    attributeDecisions: ({ messages }) =>
      atBoundary(() => attributeDecisions(client(), parts.namespace, Context.current().info.workflowExecution, messages)),
    findOpenEffects: (input) => atBoundary(() => findOpenEffects(client(), parts, input)),
    reconcile: (input) => atBoundary(() => reconcile(client(), parts, input)),
    announceGates: () => atBoundary(() => announceGates(client(), parts)),
    judgeHolder: (holder) => atBoundary(() => judgeHolder(client(), parts, holder)),
  };
}

async function atBoundary<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    // What Temporal's own server refuses for now (too many updates at once, no answer) may be tried again.
    if (!(error instanceof KernelFailure) && stateOf(error) === '') throw error;
    throw applicationFailure(error, Context.current().info.attempt);
  }
}

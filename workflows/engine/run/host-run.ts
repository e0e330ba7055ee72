import { CancellationScope } from '@temporalio/workflow';
import type { RunbookHeader } from '../../contracts/header';
import type { RunResult } from '../../contracts/journal';
import type { MessageKind } from '../../contracts/messages';
import { refreshDashboard } from '../display/dashboard';
import { registerLockHandlers } from '../lock/lock-client';
import { registerAlertNews } from './alert-news';
import { leaveFlow } from './end';
import { registerHandlers } from './messages';
import { RunState, type RunExtension } from './state';

/** How one kind of run differs from the others. */
export interface RunKind {
  readonly header: RunbookHeader;
  readonly extension?: RunExtension;
  /** The messages that it takes; all where nothing is said. */
  readonly messages?: readonly MessageKind[];
  /** Whether it takes the target lock. */
  readonly locks: boolean;
  /** What Temporal's cancellation means for it; null where nothing cancels it. */
  readonly cancel: ((state: RunState) => void) | null;
}

/**
 * Hosts a run of any kind in its workflow: every handler is registered before the first `await`, because an early message would be lost;
 * a cancellation is only a wish, because a run ends in order; and whatever is thrown leaves by one way.
 */
export function hostRun(kind: RunKind, conduct: (state: RunState) => Promise<RunResult>): Promise<RunResult> {
  const state = new RunState(kind.header, kind.extension);
  registerHandlers(state, kind.messages);
  if (kind.locks) registerLockHandlers(state);
  registerAlertNews(state);
  refreshDashboard(state);
  const { cancel } = kind;
  if (cancel) CancellationScope.current().cancelRequested.catch(() => cancel(state));
  return CancellationScope.nonCancellable(async () => {
    try {
      return await conduct(state);
    } catch (error) {
      if (state.ending.outcome) throw error;
      return leaveFlow(state, error);
    }
  });
}

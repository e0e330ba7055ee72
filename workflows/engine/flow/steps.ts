import { CancellationScope } from '@temporalio/workflow';
import type { StepRecord, Verb } from '../../contracts/journal';
import { refreshDashboard } from '../display/dashboard';
import { giveBackLock } from '../lock/lock-client';
import { Exit, failureOf, flowError, isCancelled, type Failure } from '../run/exit';
import type { ParkChoice } from '../run/hold';
import { park } from '../run/park';
import { leaveIfAsked, pausePoint } from '../run/pause';
import type { RunState } from '../run/state';
import { OneAtATime } from './one-at-a-time';
import { StepKeys } from './step-keys';

/** What a step adds to its line of the journal. */
export type Done = Partial<StepRecord> | undefined;

/** One call of a verb. */
export interface Step<T> {
  readonly verb: Verb;
  readonly title: string;
  readonly operation?: string;
  readonly body: (key: string) => Promise<[T, Done]>;
  /** What it answers when an operator skips it; not there where it cannot be skipped. */
  readonly skip?: { readonly result: T };
  /** Hears the key, also where the step is finished already. */
  readonly onKey?: (key: string) => void;
}

/** Runs the steps of a flow, one at a time: from memory if finished, else done, journalled, and parked where one fails permanently. */
export class Steps {
  readonly keys = new StepKeys();
  private readonly verbs = new OneAtATime();

  constructor(private readonly state: RunState) {}

  async run<T>(step: Step<T>): Promise<T> {
    this.verbs.begin(step.title);
    try {
      const key = this.keys.next(step.title);
      step.onKey?.(key);
      const { memo } = this.state;
      if (!memo.has(key)) memo.set(key, await this.runUntilFinished(key, step));
      return memo.get(key) as T;
    } finally {
      this.verbs.end();
    }
  }

  /** Nothing may still run at the end of the flow. */
  assertEnded(): void {
    this.verbs.refuseWhileRunning('The end of the flow');
    if (this.keys.depth > 0) throw flowError('The flow ended inside a bracket.');
  }

  private async runUntilFinished<T>(key: string, step: Step<T>): Promise<T> {
    const { journal, ending, hold } = this.state;
    for (;;) {
      leaveIfAsked(this.state);
      if (hold.paused) await this.pause();
      const { verb, title, operation } = step;
      const line = journal.begin({ key, title, verb, depth: this.keys.depth, ...(operation ? { operation } : {}) });
      refreshDashboard(this.state);
      try {
        const [result, done] = await this.runInterruptibly(() => step.body(key));
        journal.end(line, { outcome: 'done', ...done });
        return result;
      } catch (error) {
        const failure = this.recordFailure(line, error);
        if ((await this.decideOn(failure, key, step)) === 'skip') return step.skip?.result as T;
      } finally {
        ending.interrupt(null);
        refreshDashboard(this.state);
      }
    }
  }

  /** The failure of a step, journalled; null for a cancelled one. An exit of the flow goes on. */
  private recordFailure(line: number, error: unknown): Failure | null {
    const { journal, ending } = this.state;
    if (error instanceof Exit) {
      journal.end(line, { outcome: error.how === 'replan' ? 'not needed' : 'failed', note: error.message });
      throw error;
    }
    const failure = isCancelled(error) ? null : failureOf(error);
    journal.end(line, { outcome: 'failed', ...(failure ? { failure } : { note: 'cancelled' }) });
    refreshDashboard(this.state);
    ending.interrupt(null);
    return failure;
  }

  /** Returns to try again or to go on without it; leaves the flow otherwise. */
  private async decideOn(failure: Failure | null, key: string, { verb, title, skip }: Step<unknown>): Promise<'retry' | 'skip'> {
    const { state } = this;
    if (failure === null || state.ending.isCancelled) throw new Exit('roll back', null, state.ending.asked?.because ?? 'cancelled');
    if (failure.type === 'PlanDrifted' && state.plan && state.memo.recordDrift(key, state.plan.hash))
      throw new Exit('replan', failure, failure.message);
    if (failure.type === 'EffectsLost') throw new Exit('replan', failure, failure.message);
    if (!state.isChanging || (verb === 'require' && !state.effects.hasChanged)) throw new Exit('fail', failure, failure.message);
    const choices: ParkChoice[] = ['retry', ...(skip ? (['skip'] as const) : []), 'rollback', 'abandon'];
    await giveBackLock(state);
    return park(state, title, failure, choices);
  }

  /** A run that has changed nothing keeps nobody waiting while it is paused. */
  private async pause(): Promise<void> {
    await giveBackLock(this.state);
    await pausePoint(this.state);
  }

  /** In a scope of its own, which a cancellation of the run cancels; the flow around it stays. */
  private runInterruptibly<T>(body: () => Promise<T>): Promise<T> {
    const scope = new CancellationScope({ cancellable: true });
    this.state.ending.interrupt(scope);
    return scope.run(body);
  }
}

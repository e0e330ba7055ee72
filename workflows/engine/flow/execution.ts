import { CancellationScope } from '@temporalio/workflow';
import type { RunResult, StepRecord, Verb } from '../../contracts/journal';
import type { Request } from '../../contracts/operation-shape';
import { type Span } from '../../contracts/span';
import { milliseconds } from '../../pure/span';
import { askPeople, isApprovedByParent } from '../gates/approvals';
import { change, endBracket } from '../effects/changes';
import { runChild } from './children';
import { refreshDashboard } from '../display/dashboard';
import { askAhead, giveBackLock } from '../lock/lock-client';
import { Exit, closing, failureOf, flowError, isCancelled, type Failure } from '../run/exit';
import { OneAtATime } from './one-at-a-time';
import { park } from '../run/park';
import { answerReads, describe } from './reads';
import type { ParkChoice } from '../run/hold';
import type { RunState } from '../run/state';
import { StepKeys } from './step-keys';
import type { Read, Run } from './verbs';
import { leaveIfAsked, pausePoint, waitAtMost } from '../run/pause';

type Reads = Read<unknown> | Readonly<Record<string, Read<unknown>>>;
type Done = Partial<StepRecord> | undefined;

/** More looks than this would fill the history of a long wait. */
const MAX_LOOKS = 240;

/** Executes the flow. Finished steps answer from memory, so the flow can be executed again from the top after a drift. */
export class Execution implements Run {
  readonly id: string;
  readonly startedAt: string;
  readonly verbs = new OneAtATime();
  private readonly keys = new StepKeys();

  constructor(private readonly state: RunState) {
    this.id = state.workflowId;
    this.startedAt = state.startedAt;
  }

  check = (title: string, reads: Reads): Promise<never> =>
    this.step('check', title, describe(reads).operation, async (key) => {
      askAhead(this.state, key);
      const answer = await answerReads(this.state, title, reads);
      return [answer as never, { saw: answer }];
    });

  require<Out>(title: string, read: Read<Out>, holds: (answer: Out) => boolean, whatToDo: string): Promise<Out> {
    return this.step('require', title, read.operation, async (key) => {
      askAhead(this.state, key);
      const answer = (await answerReads(this.state, title, read)) as Out;
      if (!holds(answer)) throw closing('PreconditionUnmet', `${title}: not so. ${whatToDo}`);
      return [answer, { saw: answer }];
    });
  }

  finishIf(condition: boolean, because: string): void {
    const key = this.keys.next('finishIf');
    if (this.state.memo.has(key)) return;
    if (condition) throw new Exit('finished', null, because);
    this.state.memo.set(key, false);
  }

  approve(title: string, options: { unless?: boolean; choices?: readonly [string, ...string[]] } = {}): Promise<string> {
    return this.step('approve', title, undefined, async (key) => {
      const first = options.choices?.[0] ?? '';
      if (options.unless && !this.state.options.trigger) return [first, { outcome: 'waived', note: 'waived by the rule of the runbook' }];
      if (this.state.breakGlass) return [first, { outcome: 'waived', note: this.state.breakGlass }];
      if (isApprovedByParent(this.state)) return [first, { note: "covered by the parent run's approval" }];
      const choice = await askPeople(this.state, { key, title, again: null, choices: options.choices ?? [] });
      this.state.memo.markDecided(key);
      const by = this.state.gates.approvals.map((made) => made.by);
      return [choice, { note: `approved by ${by.join(', ')}${choice ? `: ${choice}` : ''}` }];
    });
  }

  apply<Out>(title: string, write: Request<'write', Out>, options: { readonly ifSkipped?: Out } = {}): Promise<Out> {
    return this.step(
      'apply',
      title,
      write.operation,
      (key) => change<Out>(this.state, key, title, write),
      'ifSkipped' in options ? { skipped: options.ifSkipped } : undefined,
    );
  }

  async during<T>(title: string, write: Request<'write', unknown>, body: () => Promise<T>): Promise<T> {
    let begun = '';
    await this.step(
      'during',
      title,
      write.operation,
      (key) => change(this.state, (begun = key), title, write),
      undefined,
      (key) => (begun = key),
    );
    this.keys.enter(title);
    const end = (): Promise<null> => {
      this.keys.leave();
      return this.step('during', `End: ${title}`, undefined, () => endBracket(this.state, begun, title));
    };
    let result: T;
    try {
      result = await body();
    } catch (error) {
      // An early good end still ends its brackets; on every other way out the engine rolls back.
      if (error instanceof Exit && error.how === 'finished') await end();
      throw error;
    }
    await end();
    return result;
  }

  irreversible<Out>(title: string, irreversible: Request<'irreversible', Out>): Promise<Out> {
    return this.step('irreversible', title, irreversible.operation, (key) => change<Out>(this.state, key, title, irreversible));
  }

  waitUntil<Out>(title: string, span: { every: Span; timeout: Span }, read: Read<Out>, reached: (answer: Out) => boolean): Promise<Out> {
    return this.step('waitUntil', title, read.operation, async () => {
      const timeout = milliseconds(span.timeout);
      const every = Math.max(milliseconds(span.every), timeout / MAX_LOOKS);
      for (let left = timeout, looks = 1; ; left -= every, looks++) {
        const answer = (await answerReads(this.state, title, read)) as Out;
        if (reached(answer)) return [answer, { saw: answer, note: `reached at look ${looks}` }];
        if (left <= 0) throw closing('WaitExhausted', `${title}: not reached within ${span.timeout} (${looks} looks).`);
        await waitAtMost(this.state, Math.min(every, left), () => false, title);
      }
    });
  }

  verify<Out>(title: string, read: Read<Out>, good: (answer: Out) => boolean): Promise<Out> {
    let last: Out | undefined;
    const look = async (): Promise<[Out, Done]> => {
      const answer = (await answerReads(this.state, title, read)) as Out;
      last = answer;
      if (!good(answer))
        throw closing('VerificationFailed', `${title}: the database is not as it should be. Seen: ${JSON.stringify(answer).slice(0, 400)}`);
      return [answer, { saw: answer }];
    };
    return this.step('verify', title, read.operation, look, {
      get skipped() {
        return last as Out;
      },
    });
  }

  runbook(title: string, id: string, input: unknown): Promise<RunResult> {
    return this.step('runbook', title, id, (key) => runChild(this.state, key, title, id, input));
  }

  /** One step: from memory if finished, else done, journalled, and parked where it fails permanently. */
  private async step<T>(
    verb: Verb,
    title: string,
    operation: string | undefined,
    body: (key: string) => Promise<[T, Done]>,
    skip?: { readonly skipped: T },
    onKey?: (key: string) => void,
  ): Promise<T> {
    const { state } = this;
    this.verbs.begin(title);
    try {
      const key = this.keys.next(title);
      onKey?.(key);
      if (state.memo.has(key)) return state.memo.get(key) as T;
      for (;;) {
        leaveIfAsked(state);
        if (state.hold.paused) await this.pause();
        const line = state.journal.begin({ key, title, verb, depth: this.keys.depth, ...(operation ? { operation } : {}) });
        refreshDashboard(state);
        try {
          const [result, done] = await this.interruptible(() => body(key));
          state.journal.end(line, { outcome: 'done', ...done });
          state.memo.set(key, result);
          return result;
        } catch (error) {
          if ((await this.failed(verb, key, title, line, error, skip !== undefined)) === 'skip') {
            const skipped = skip?.skipped as T;
            state.memo.set(key, skipped);
            return skipped;
          }
        } finally {
          state.ending.interrupt(null);
          refreshDashboard(state);
        }
      }
    } finally {
      this.verbs.end();
    }
  }

  private async failed(verb: Verb, key: string, title: string, line: number, error: unknown, canSkip: boolean): Promise<'retry' | 'skip'> {
    const { state } = this;
    if (error instanceof Exit) {
      state.journal.end(line, { outcome: error.how === 'replan' ? 'not needed' : 'failed', note: error.message });
      throw error;
    }
    const failure = isCancelled(error) ? null : failureOf(error);
    state.journal.end(line, { outcome: 'failed', ...(failure ? { failure } : { note: 'cancelled' }) });
    refreshDashboard(state);
    state.ending.interrupt(null);
    return this.afterFailure(verb, key, title, failure, canSkip);
  }

  /** Returns to try again; leaves the flow otherwise. */
  private async afterFailure(verb: Verb, key: string, title: string, failure: Failure | null, canSkip: boolean): Promise<'retry' | 'skip'> {
    const { state } = this;
    if (failure === null || state.ending.isCancelled) throw new Exit('roll back', null, state.ending.asked?.because ?? 'cancelled');
    if (failure.type === 'PlanDrifted' && state.plan && state.memo.recordDrift(key, state.plan.hash))
      throw new Exit('replan', failure, failure.message);
    if (failure.type === 'EffectsLost') throw new Exit('replan', failure, failure.message);
    if (!state.isChanging || (verb === 'require' && !state.effects.hasChanged)) throw new Exit('fail', failure, failure.message);
    const choices: ParkChoice[] = ['retry', ...(canSkip ? (['skip'] as const) : []), 'rollback', 'abandon'];
    await giveBackLock(state);
    return park(state, title, failure, choices);
  }

  /** A run that has changed nothing keeps nobody waiting while it is paused. */
  private async pause(): Promise<void> {
    await giveBackLock(this.state);
    await pausePoint(this.state);
  }

  /** Runs a step in a scope of its own, which a cancellation of the run cancels; the flow around it stays. */
  private interruptible<T>(body: () => Promise<T>): Promise<T> {
    const scope = new CancellationScope({ cancellable: true });
    this.state.ending.interrupt(scope);
    return scope.run(body);
  }

  /** Nothing may still run at the end of the flow. */
  ended(): void {
    this.verbs.refuseWhileRunning('The end of the flow');
    if (this.keys.depth > 0) throw flowError('The flow ended inside a bracket.');
  }
}

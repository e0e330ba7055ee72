import type { RunResult } from '../../contracts/journal';
import type { Request } from '../../contracts/operation-shape';
import { type Span } from '../../contracts/span';
import { milliseconds } from '../../pure/span';
import { askPeople, isApprovedByParent } from '../gates/approvals';
import { change, endBracket } from '../effects/changes';
import { runChild } from './children';
import { askAhead } from '../lock/lock-client';
import { Exit, closing } from '../run/exit';
import { answerReads, describe } from './reads';
import type { RunState } from '../run/state';
import { Steps, type Done } from './steps';
import type { Read, Run } from './verbs';
import { waitAtMost } from '../run/pause';

type Reads = Read<unknown> | Readonly<Record<string, Read<unknown>>>;

/** More looks than this would fill the history of a long wait. */
const MAX_LOOKS = 240;

/** Executes the flow. Finished steps answer from memory, so the flow can be executed again from the top after a drift. */
export class Execution implements Run {
  readonly id: string;
  readonly startedAt: string;
  private readonly steps: Steps;

  constructor(private readonly state: RunState) {
    this.id = state.workflowId;
    this.startedAt = state.startedAt;
    this.steps = new Steps(state);
  }

  /** Nothing may still run at the end of the flow. */
  assertEnded(): void {
    this.steps.assertEnded();
  }

  check = (title: string, reads: Reads): Promise<never> => {
    const body = async (key: string): Promise<[never, Done]> => {
      askAhead(this.state, key);
      const answer = await answerReads(this.state, title, reads);
      return [answer as never, { saw: answer }];
    };
    return this.steps.run({ verb: 'check', title, operation: describe(reads).operation, body });
  };

  require<Out>(title: string, read: Read<Out>, holds: (answer: Out) => boolean, whatToDo: string): Promise<Out> {
    const body = async (key: string): Promise<[Out, Done]> => {
      askAhead(this.state, key);
      const answer = (await answerReads(this.state, title, read)) as Out;
      if (!holds(answer)) throw closing('PreconditionUnmet', `${title}: not so. ${whatToDo}`);
      return [answer, { saw: answer }];
    };
    return this.steps.run({ verb: 'require', title, operation: read.operation, body });
  }

  finishIf(condition: boolean, because: string): void {
    const key = this.steps.keys.next('finishIf');
    if (this.state.memo.has(key)) return;
    if (condition) throw new Exit('finished', null, because);
    this.state.memo.set(key, false);
  }

  approve(title: string, options: { unless?: boolean; choices?: readonly [string, ...string[]] } = {}): Promise<string> {
    const { state } = this;
    const body = async (key: string): Promise<[string, Done]> => {
      const first = options.choices?.[0] ?? '';
      if (options.unless && !state.options.trigger) return [first, { outcome: 'waived', note: 'waived by the rule of the runbook' }];
      if (state.breakGlass) return [first, { outcome: 'waived', note: state.breakGlass }];
      if (isApprovedByParent(state)) return [first, { note: "covered by the parent run's approval" }];
      const choice = await askPeople(state, { key, title, again: null, choices: options.choices ?? [] });
      state.memo.markDecided(key);
      const by = state.gates.approvals.map((made) => made.by);
      return [choice, { note: `approved by ${by.join(', ')}${choice ? `: ${choice}` : ''}` }];
    };
    return this.steps.run({ verb: 'approve', title, body });
  }

  apply<Out>(title: string, write: Request<'write', Out>, options: { readonly ifSkipped?: Out } = {}): Promise<Out> {
    return this.steps.run({
      verb: 'apply',
      title,
      operation: write.operation,
      body: (key) => change<Out>(this.state, key, title, write),
      ...('ifSkipped' in options ? { skip: { result: options.ifSkipped } } : {}),
    });
  }

  async during<T>(title: string, write: Request<'write', unknown>, body: () => Promise<T>): Promise<T> {
    let begun = '';
    await this.steps.run({
      verb: 'during',
      title,
      operation: write.operation,
      body: (key) => change(this.state, key, title, write),
      onKey: (key) => (begun = key),
    });
    this.steps.keys.enter(title);
    const end = (): Promise<null> => {
      this.steps.keys.leave();
      return this.steps.run({ verb: 'during', title: `End: ${title}`, body: () => endBracket(this.state, begun, title) });
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

  irreversible<Out>(title: string, act: Request<'irreversible', Out>): Promise<Out> {
    const body = (key: string): Promise<[Out, Done]> => change<Out>(this.state, key, title, act);
    return this.steps.run({ verb: 'irreversible', title, operation: act.operation, body });
  }

  waitUntil<Out>(title: string, span: { every: Span; timeout: Span }, read: Read<Out>, reached: (answer: Out) => boolean): Promise<Out> {
    const body = async (): Promise<[Out, Done]> => {
      const timeout = milliseconds(span.timeout);
      const every = Math.max(milliseconds(span.every), timeout / MAX_LOOKS);
      for (let left = timeout, looks = 1; ; left -= every, looks++) {
        const answer = (await answerReads(this.state, title, read)) as Out;
        if (reached(answer)) return [answer, { saw: answer, note: `reached at look ${looks}` }];
        if (left <= 0) throw closing('WaitExhausted', `${title}: not reached within ${span.timeout} (${looks} looks).`);
        await waitAtMost(this.state, Math.min(every, left), () => false, title);
      }
    };
    return this.steps.run({ verb: 'waitUntil', title, operation: read.operation, body });
  }

  verify<Out>(title: string, read: Read<Out>, good: (answer: Out) => boolean): Promise<Out> {
    let last: Out | undefined;
    const body = async (): Promise<[Out, Done]> => {
      const answer = (await answerReads(this.state, title, read)) as Out;
      last = answer;
      if (!good(answer))
        throw closing('VerificationFailed', `${title}: the database is not as it should be. Seen: ${JSON.stringify(answer).slice(0, 400)}`);
      return [answer, { saw: answer }];
    };
    // Who skips a verification goes on with what it saw last.
    const skip = {
      get result() {
        return last as Out;
      },
    };
    return this.steps.run({ verb: 'verify', title, operation: read.operation, body, skip });
  }

  runbook(title: string, id: string, input: unknown): Promise<RunResult> {
    const body = (key: string): Promise<[RunResult, Done]> => runChild(this.state, key, title, id, input);
    return this.steps.run({ verb: 'runbook', title, operation: id, body });
  }
}

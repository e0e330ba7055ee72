import { executeChild } from '@temporalio/workflow';
import type { Plan, PlannedStep, RunResult, Verb } from '../../contracts/journal';
import type { Request } from '../../contracts/operation-shape';
import type { Preview } from '../../contracts/orders';
import type { RunbookHeader } from '../../contracts/header';
import { canonicalJson } from '../../pure/json';
import { pluralize } from '../../pure/pluralize';
import { previewWrite } from './activities';
import { Exit, flowError } from '../run/exit';
import { OneAtATime } from './one-at-a-time';
import { planOf } from './plan';
import { answerReads, describe } from './reads';
import type { RunState } from '../run/state';
import { StepKeys, withoutNumber } from './step-keys';
import type { Closing, Read, Run } from './verbs';

export type Flow = (run: Run, input: never) => Promise<Closing | void>;

/** Walks the flow once with real reads and imagined writes; its journal is the plan. */
export async function rehearse(state: RunState, header: RunbookHeader, flow: Flow): Promise<Plan> {
  const rehearsal = new Rehearsal(state);
  let nothingToDo: string | undefined;
  try {
    await flow(rehearsal, state.input as never);
    rehearsal.verbs.refuseWhileRunning('The end of the flow');
  } catch (error) {
    if (!(error instanceof Exit) || error.how !== 'finished') throw error;
    nothingToDo = error.message;
  }
  return planOf(state, header, rehearsal.steps, nothingToDo);
}

class Rehearsal implements Run {
  readonly id: string;
  readonly startedAt: string;
  readonly steps: PlannedStep[] = [];
  readonly verbs = new OneAtATime();
  private readonly keys = new StepKeys();
  private readonly answers = new Map<string, unknown>();
  private readonly previews = new Map<string, Preview>();
  private imagined = false;
  private gated = false;

  constructor(private readonly state: RunState) {
    this.id = state.workflowId;
    this.startedAt = state.startedAt;
  }

  check = (title: string, reads: Read<unknown> | Readonly<Record<string, Read<unknown>>>): Promise<never> => this.look('check', title, reads);

  async require<Out>(title: string, read: Read<Out>, holds: (answer: Out) => boolean, whatToDo: string): Promise<Out> {
    const answer = await this.look<Out>('require', title, read);
    if (!this.imagined && !this.finished(title) && !holds(answer))
      throw new Exit('fail', { type: 'PreconditionUnmet', message: `${title}: not so. ${whatToDo}` }, whatToDo);
    return answer;
  }

  finishIf(condition: boolean, because: string): void {
    const key = this.keys.next('finishIf');
    if (this.imagined) this.list({ key, title: because, verb: 'finishIf', note: 'ends here if so' });
    else if (condition) throw new Exit('finished', null, because);
  }

  async approve(title: string, options: { unless?: boolean; choices?: readonly [string, ...string[]] } = {}): Promise<string> {
    const key = this.keys.next(title);
    const waived = options.unless === true && !this.state.options.trigger;
    this.gated ||= !waived;
    const choices = options.choices ?? [];
    this.list({ key, title, verb: 'approve', note: this.gateNote(waived, choices) });
    const remembered = this.state.memo.get(key);
    return typeof remembered === 'string' ? remembered : (choices[0] ?? '');
  }

  apply = <Out>(title: string, write: Request<'write', Out>): Promise<Out> => this.change('apply', title, write);

  async during<T>(title: string, write: Request<'write', unknown>, body: () => Promise<T>): Promise<T> {
    await this.change('during', title, write);
    this.keys.enter(title);
    const result = await body();
    this.keys.leave();
    this.list({ key: this.keys.next(`End: ${title}`), title: `End: ${title}`, verb: 'during', note: 'undoes the beginning' });
    return result;
  }

  irreversible = <Out>(title: string, irreversible: Request<'irreversible', Out>): Promise<Out> => {
    if (!this.gated && !this.state.options.parent) throw flowError(`"${title}" cannot be undone and has no approve before it.`);
    return this.change('irreversible', title, irreversible);
  };

  waitUntil<Out>(title: string, span: { every: string; timeout: string }, read: Read<Out>): Promise<Out> {
    return this.look<Out>('waitUntil', title, read, `every ${span.every}, at most ${span.timeout}`);
  }

  verify<Out>(title: string, read: Read<Out>): Promise<Out> {
    return this.look<Out>('verify', title, read, 'looks again after the change');
  }

  async runbook(title: string, id: string, input: unknown): Promise<RunResult> {
    const key = this.begin(title);
    const remembered = this.state.memo.get(key) as RunResult | undefined;
    const result = remembered ?? (await this.plannedChild(key, id, input));
    const { plan } = result;
    if (remembered) this.list({ key, title, verb: 'runbook', operation: id, input });
    else if (!plan) this.list({ key, title, verb: 'runbook', operation: id, input, childRisk: 'read-only', note: 'looks only' });
    else {
      // Its lock would end with the child, and its undo would come too late: one run changes one target.
      if ((input as { target?: unknown }).target !== this.state.target)
        throw flowError(`"${title}" would change another target than ${this.state.target}; start a run of ${id} for that one.`);
      this.list({
        key,
        title,
        verb: 'runbook',
        operation: id,
        input,
        child: plan.hash,
        childScope: plan.steps.some((step) => step.write?.scope === 'cluster') ? 'cluster' : 'database',
        childRisk: plan.risk,
        note: `${pluralize(plan.steps.length, 'step')} of its own, plan ${plan.hash.slice(0, 8)}`,
      });
      this.imagined ||= plan.steps.some((step) => step.write);
    }
    this.verbs.end();
    return result;
  }

  private plannedChild(key: string, id: string, input: unknown): Promise<RunResult> {
    return executeChild<(input: unknown) => Promise<RunResult>>(id, {
      workflowId: `${this.state.workflowId}/plan/${key}/${this.state.replans}`,
      args: [{ ...(input as object), mode: 'plan', parent: { workflowId: this.state.workflowId, token: null, plan: null } }],
    });
  }

  private async look<Out>(verb: Verb, title: string, reads: Read<unknown> | Readonly<Record<string, Read<unknown>>>, note?: string): Promise<Out> {
    const key = this.begin(title);
    const request = describe(reads);
    const asked = canonicalJson(request);
    const { memo } = this.state;
    if (!memo.has(key) && !this.answers.has(asked)) this.answers.set(asked, await answerReads(this.state, title, reads));
    const answer = memo.has(key) ? memo.get(key) : this.answers.get(asked);
    this.list({ key, title, verb, ...request, shown: answer, ...(note ? { note } : {}) });
    this.verbs.end();
    return answer as Out;
  }

  private async change<Out>(verb: Verb, title: string, request: Request<'write' | 'irreversible', Out>): Promise<Out> {
    if (!this.state.isChanging) throw flowError(`"${title}" changes the target, and the header says read-only.`);
    const key = this.begin(title);
    const { operation, input } = request;
    const { memo } = this.state;
    let before: unknown;
    if (memo.has(key)) {
      this.list({ key, title, verb, operation, input });
      before = memo.get(key);
    } else {
      const asked = canonicalJson({ operation, input });
      const preview = this.previews.get(asked) ?? (await previewWrite(operation, input, title, this.state.queue));
      this.previews.set(asked, preview);
      if (preview.pointOfNoReturn && this.keys.depth > 0) throw flowError(`"${title}" seals the run and may not stand inside a bracket.`);
      this.list({ key, title, verb, operation, input, write: preview });
      ({ before } = preview);
    }
    this.imagined = true;
    this.verbs.end();
    return before as Out;
  }

  private gateNote(waived: boolean, choices: readonly string[]): string {
    if (waived) return 'waived by the rule of the runbook';
    if (this.state.breakGlass) return 'waived: break-glass';
    return choices.length ? `asks for one of: ${choices.join(', ')}` : 'asks';
  }

  /** Begins a verb and gives the step its key. Only a verb that ends well is ended: a failed one ends the rehearsal. */
  private begin(title: string): string {
    this.verbs.begin(title);
    return this.keys.next(title);
  }

  private finished(title: string): boolean {
    return this.steps.some((step) => step.title === title && step.finished);
  }

  /** Adds a line, or counts a repetition of the same request in a loop. */
  private list(step: Omit<PlannedStep, 'depth' | 'times' | 'finished'>): void {
    const finished = this.state.memo.has(step.key);
    const same = this.steps.findIndex(
      (line) =>
        !line.finished &&
        !finished &&
        withoutNumber(line.key) === withoutNumber(step.key) &&
        line.verb === step.verb &&
        line.operation === step.operation &&
        canonicalJson(line.input) === canonicalJson(step.input),
    );
    const line = this.steps[same];
    if (line) this.steps[same] = { ...line, times: line.times + 1 };
    else this.steps.push({ ...step, depth: this.keys.depth, times: 1, finished });
  }
}

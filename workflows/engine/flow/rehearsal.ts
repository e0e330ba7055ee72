import type { TargetIdentity } from '../../contracts/identity';
import type { Plan, PlannedStep, RunResult, Verb } from '../../contracts/journal';
import type { Request } from '../../contracts/operation-shape';
import type { Preview } from '../../contracts/orders';
import type { RehearsalOrder } from '../../contracts/rehearsal';
import { canonicalJson } from '../../pure/json';
import { closing, flowError } from '../run/exit';
import { childLine, rehearseChild } from './child-rehearsal';
import type { FlowParts } from './define-runbook';
import { OneAtATime } from './one-at-a-time';
import { makePlan } from './plan';
import { PlanLines } from './plan-lines';
import { askEach, describe } from './reads';
import { StepKeys } from './step-keys';
import type { Closing, Read, Run } from './verbs';

/** Asks the world for a rehearsal; the activity of the rehearsal implements it. */
export interface Asker {
  read(request: Read<unknown>): Promise<unknown>;
  preview(request: Request<'write' | 'irreversible', unknown>): Promise<Preview>;
}

/** One rehearsal: the runbook, what is known of the run and of its target, and whom to ask. */
export interface RehearsalParts {
  readonly runbook: FlowParts;
  readonly order: Omit<RehearsalOrder, 'briefing'>;
  readonly identity: TargetIdentity;
  readonly asker: Asker;
  /** The runbooks that can be child runs, by id. */
  readonly runbooks: ReadonlyMap<string, FlowParts>;
}

/** What a rehearsal found: the plan, and how the flow said that it ended. */
export interface Rehearsed {
  readonly plan: Plan;
  readonly closing: Closing;
}

/** Runs the flow once with real reads and imagined writes; its journal is the plan. Needs nothing of Temporal's workflow runtime. */
export async function rehearse(parts: RehearsalParts): Promise<Rehearsed> {
  const { runbook, order, identity } = parts;
  const rehearsal = new Rehearsal(parts);
  let nothingToDo: string | undefined;
  let end: Closing = {};
  try {
    end = (await runbook.flow(rehearsal, order.input as never)) ?? {};
    rehearsal.verbs.refuseWhileRunning('The end of the flow');
  } catch (error) {
    if (!(error instanceof NothingToDo)) throw error;
    nothingToDo = error.message;
  }
  const { steps } = rehearsal.lines;
  return { plan: makePlan({ header: runbook.header, input: order.input, identity, steps, nothingToDo, madeAt: order.askedAt }), closing: end };
}

/** Ends a rehearsal well before the end of its flow. */
class NothingToDo extends Error {}

class Rehearsal implements Run {
  readonly id: string;
  readonly startedAt: string;
  readonly verbs = new OneAtATime();
  readonly lines: PlanLines;
  private readonly keys = new StepKeys();
  private readonly finished: ReadonlyMap<string, unknown>;
  private readonly answers = new Map<string, unknown>();
  private readonly previews = new Map<string, Preview>();
  /** A read-only flow changes nothing, so what it verifies is real. */
  private readonly isReadOnly: boolean;
  /** After the first write the world is imagined: conditions are listed and not judged. */
  private imagined = false;
  private gated = false;

  constructor(private readonly parts: RehearsalParts) {
    const { runbook, order } = parts;
    this.id = order.workflowId;
    this.startedAt = order.startedAt;
    this.isReadOnly = runbook.header.risk === 'read-only';
    this.finished = new Map(order.finished.map(([key, result]) => [key, result]));
    this.lines = new PlanLines((key) => this.finished.has(key));
  }

  check = (title: string, reads: Read<unknown> | Readonly<Record<string, Read<unknown>>>): Promise<never> => this.look('check', title, reads);

  async require<Out>(title: string, read: Read<Out>, holds: (answer: Out) => boolean, whatToDo: string): Promise<Out> {
    const answer = await this.look<Out>('require', title, read);
    if (!this.imagined && !this.lines.hasFinished(title) && !holds(answer)) throw closing('PreconditionUnmet', `${title}: not so. ${whatToDo}`);
    return answer;
  }

  finishIf(condition: boolean, because: string): void {
    const key = this.keys.next('finishIf');
    if (this.imagined) this.list({ key, title: because, verb: 'finishIf', note: 'ends here if so' });
    else if (condition) throw new NothingToDo(because);
  }

  approve(title: string, options: { unless?: boolean; choices?: readonly [string, ...string[]] } = {}): Promise<string> {
    const key = this.keys.next(title);
    const waived = options.unless === true && !this.parts.order.options.trigger;
    this.gated ||= !waived;
    const choices = options.choices ?? [];
    this.list({ key, title, verb: 'approve', note: this.gateNote(waived, choices) });
    const remembered = this.finished.get(key);
    return Promise.resolve(typeof remembered === 'string' ? remembered : (choices[0] ?? ''));
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
    if (!this.gated && !this.parts.order.options.parent) throw flowError(`"${title}" cannot be undone and has no approve before it.`);
    return this.change('irreversible', title, irreversible);
  };

  waitUntil<Out>(title: string, span: { every: string; timeout: string }, read: Read<Out>): Promise<Out> {
    return this.look<Out>('waitUntil', title, read, `every ${span.every}, at most ${span.timeout}`);
  }

  async verify<Out>(title: string, read: Read<Out>, good: (answer: Out) => boolean): Promise<Out> {
    const answer = await this.look<Out>('verify', title, read, 'looks again after the change');
    if (this.isReadOnly && !good(answer)) throw notVerified(title, answer);
    return answer;
  }

  async runbook(title: string, id: string, input: unknown): Promise<RunResult> {
    const key = this.begin(title);
    const line = { key, title, verb: 'runbook', operation: id, input } as const;
    if (this.finished.has(key)) {
      this.list(line);
      this.verbs.end();
      return this.finished.get(key) as RunResult;
    }
    const result = await rehearseChild(this.parts, { title, id, input });
    this.list({ ...line, ...childLine(result) });
    this.imagined ||= result.plan?.steps.some((step) => step.write ?? step.child) ?? false;
    this.verbs.end();
    return result;
  }

  private async look<Out>(verb: Verb, title: string, reads: Read<unknown> | Readonly<Record<string, Read<unknown>>>, note?: string): Promise<Out> {
    const key = this.begin(title);
    const request = describe(reads);
    const asked = canonicalJson(request);
    const { finished, answers } = this;
    if (!finished.has(key) && !answers.has(asked)) answers.set(asked, await askEach(reads, (read) => this.parts.asker.read(read)));
    const answer = finished.has(key) ? finished.get(key) : answers.get(asked);
    this.list({ key, title, verb, ...request, shown: answer, ...(note ? { note } : {}) });
    this.verbs.end();
    return answer as Out;
  }

  private async change<Out>(verb: Verb, title: string, request: Request<'write' | 'irreversible', Out>): Promise<Out> {
    if (this.isReadOnly) throw flowError(`"${title}" changes the target, and the header says read-only.`);
    const key = this.begin(title);
    const { operation, input } = request;
    const line = { key, title, verb, operation, input };
    let before: unknown;
    if (this.finished.has(key)) {
      this.list(line);
      before = this.finished.get(key);
    } else {
      const preview = await this.preview(request);
      if (preview.pointOfNoReturn && this.keys.depth > 0) throw flowError(`"${title}" is a point of no return and may not stand inside a bracket.`);
      this.list({ ...line, write: preview });
      ({ before } = preview);
    }
    this.imagined = true;
    this.verbs.end();
    return before as Out;
  }

  private async preview(request: Request<'write' | 'irreversible', unknown>): Promise<Preview> {
    const asked = canonicalJson({ operation: request.operation, input: request.input });
    const known = this.previews.get(asked);
    if (known) return known;
    const preview = await this.parts.asker.preview(request);
    this.previews.set(asked, preview);
    return preview;
  }

  private gateNote(waived: boolean, choices: readonly string[]): string {
    if (waived) return 'waived by the rule of the runbook';
    if (this.parts.order.options.breakGlass) return 'waived: break-glass';
    return choices.length ? `asks for one of: ${choices.join(', ')}` : 'asks';
  }

  /** Begins a verb and gives the step its key. Only a verb that ends well is ended: a failed one ends the rehearsal. */
  private begin(title: string): string {
    this.verbs.begin(title);
    return this.keys.next(title);
  }

  private list(step: Omit<PlannedStep, 'depth' | 'times' | 'finished'>): void {
    this.lines.add({ ...step, depth: this.keys.depth });
  }
}

const notVerified = (title: string, answer: unknown) =>
  closing('VerificationFailed', `${title}: the database is not as it should be. Seen: ${JSON.stringify(answer).slice(0, 400)}`);

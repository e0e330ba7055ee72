import type { z } from 'zod';
import type { Request } from '../../contracts/operation-shape';
import type { RunResult } from '../../contracts/journal';
import type { Span } from '../../contracts/span';

export type Read<Out> = Request<'read', Out>;
type Reads = Readonly<Record<string, Read<unknown>>>;
type Answers<R extends Reads> = { readonly [Name in keyof R]: R[Name] extends Read<infer Out> ? Out : never };

/** What a flow may return beside ending well: a sentence for the report and advice for the days after. */
export interface Closing {
  readonly summary?: string;
  readonly advice?: readonly string[];
}

/** The type of a runbook's workflow function, as `runbook` takes it. */
export interface RunbookWorkflow<Input extends z.ZodObject = z.ZodObject> {
  (input: z.input<Input>): Promise<RunResult>;
}

/** The ten verbs of a flow. Each is awaited before the next; a title is a literal and names the step everywhere. */
export interface Run {
  /** The run's workflow id. */
  readonly id: string;
  /** When the run started, ISO 8601. */
  readonly startedAt: string;
  /** Reads the world; the result goes into the journal. Several reads are one batch. */
  check<Out>(title: string, read: Read<Out>): Promise<Out>;
  check<R extends Reads>(title: string, reads: R): Promise<Answers<R>>;
  /** A check that must hold; otherwise the run stops with PreconditionUnmet and `whatToDo`. */
  require<Out>(title: string, read: Read<Out>, holds: (answer: Out) => boolean, whatToDo: string): Promise<Out>;
  /** Ends the run well when there is nothing to do. */
  finishIf(condition: boolean, because: string): void;
  /** Waits for people. `unless` waives the gate and records that it did; `choices` returns the one they chose. */
  approve(title: string, options?: { readonly unless?: boolean; readonly choices?: readonly [string, ...string[]] }): Promise<string>;
  /** Changes the world; the undo is registered before acting. Returns what the write found. With `ifSkipped` an operator may go on without it. */
  apply<Out>(title: string, write: Request<'write', Out>, options?: { readonly ifSkipped?: Out }): Promise<Out>;
  /** A bracket that always ends: its end is the undo of its begin. */
  during<T>(title: string, write: Request<'write', unknown>, body: () => Promise<T>): Promise<T>;
  /** An act without undo; only after an approval of the current plan. */
  irreversible<Out>(title: string, irreversible: Request<'irreversible', Out>): Promise<Out>;
  /** A durable wait; WaitExhausted after `within`. `every` is stretched so that it looks at most 240 times. */
  waitUntil<Out>(
    title: string,
    span: { readonly every: Span; readonly timeout: Span },
    read: Read<Out>,
    reached: (answer: Out) => boolean,
  ): Promise<Out>;
  /** Looks at the world after the change; a failure offers retry, skip, roll back and abandon. */
  verify<Out>(title: string, read: Read<Out>, good: (answer: Out) => boolean): Promise<Out>;
  /** A child run on the same or another target, under the same approval. */
  runbook<W extends RunbookWorkflow<never>>(title: string, id: string, input: Parameters<W>[0]): Promise<RunResult>;
}

import type { z } from 'zod';
import type { LoginClass, OperationShape, Found, Pace, Scope } from '../../workflows/contracts/operation-shape';
import type { Span } from '../../workflows/contracts/span';
import type { Answer } from '../sql/rows';
import type { Sql } from '../sql/sql';

/** Which server an operation must run on. */
export type NodeRole = 'primary' | 'standby' | 'either';

type Input = z.ZodObject & { readonly shape: { readonly target: z.ZodType<string> } };

interface Declared<In extends Input> {
  /** The login class that it runs as. Default: `read` for reads; a write names one. */
  readonly login?: LoginClass;
  /** Which server it must run on. Default `primary`. */
  readonly node?: NodeRole;
  readonly input: In;
  /** An input as a person would give it: its page in docs/statements is made from it. */
  readonly example?: NoInfer<z.input<In>>;
  /** `statement_timeout`. Default: 2 seconds for quick reads, 30 seconds for others. */
  readonly statementTimeout?: Span;
  /** `lock_timeout`. Default 1 second. */
  readonly lockTimeout?: Span;
  /** Schemas for code of an extension or of users that names its objects unqualified. Default: `pg_catalog` only. */
  readonly searchPath?: (input: z.output<In>) => readonly string[];
}

/** A read, as data. */
export interface ReadOperation<In extends Input = Input, Out = unknown, P extends Pace = Pace>
  extends Declared<In>, OperationShape<'read', P, z.input<In>, Out> {
  readonly repeat: 'read';
  readonly answer: Answer<Out>;
  readonly statement: (input: z.output<In>) => Sql;
}

/** The rule, the limit and the exceptions of a write that acts on what changes by the second (sessions, queue entries). */
export interface Selection<In> {
  /** By which rule the objects are chosen, in words; bound by the approval. */
  readonly rule: (input: In) => string;
  /** How many objects one run may touch with this operation in all. */
  readonly limit: (input: In) => number;
  /** Who is never touched, in words. */
  readonly protects: string;
}

/** Whom a write will run as: `requires` is asked by another login, and has to judge this one. */
export interface RunsAs {
  /** The database role of the operation's login class. */
  readonly login: string;
}

/** A change, as data. */
export interface WriteOperation<In extends Input = Input, Row = unknown, E extends 'write' | 'irreversible' = 'write' | 'irreversible'>
  extends Declared<In>, OperationShape<E, 'slow', z.input<In>, Found<Row>> {
  readonly repeat: 'transactional' | 'idempotent' | 'one-shot';
  readonly login: Exclude<LoginClass, 'read'>;
  readonly scope: Scope;
  /** The locks that it takes, on what and for how long, in words; shown in the plan. */
  readonly locks: string;
  /** What it finds and will change: read once, shown, compared, stored, and given to the undo. */
  readonly before: { readonly rows: Answer<Row[]>; readonly statement: (input: z.output<In>) => Sql };
  /** What it would find with the example; needed where its statements depend on it. */
  readonly exampleBefore?: readonly NoInfer<Row>[];
  /**
   * The rights and conditions that it needs beyond its login class, one row `holds, lacks` each; asked by the read login in rehearsal, before
   * any person is. Else why it needs none. Only what no earlier step of a run brings about.
   */
  readonly requires?: ((input: z.output<In>, as: RunsAs) => Sql) | { readonly none: string };
  /** The part of `before` that the approval binds. Default: all of it, or rule and limit of the selection. */
  readonly binds?: (before: readonly Row[]) => unknown;
  readonly selection?: Selection<z.output<In>>;
  /** What runs; one statement after the other. A one-shot makes one for each row, with its precondition in it. */
  readonly statement: (input: z.output<In>, before: readonly Row[]) => Sql | readonly Sql[];
  /** One row `holds, expected, seen`: whether the world is as the change makes it. Must be able to say no. */
  readonly verify: (input: z.output<In>, before: readonly Row[]) => Sql;
  /** What to look at inside the transaction, after the change (a trial's locks); goes into the report. */
  readonly observe?: { readonly rows: Answer<unknown[]>; readonly statement: (input: z.output<In>) => Sql };
  /** The operation that restores `before`, with its input; or why there is none. */
  readonly undo: { readonly by: string; readonly input: (input: z.output<In>, before: readonly Row[]) => unknown } | { readonly none: string };
  /**
   * SQLSTATEs after which one of several statements is passed over and the next one runs; `verify` names what is left.
   * Only for `idempotent`: a lock that is not available in time on one table must not keep the others from being done.
   */
  readonly passesOver?: readonly string[];
  /** Rolls its own change back after looking: a dry run as a step. Only for `transactional`. */
  readonly trial?: true;
  /** Drops the earlier undos of the run, which it makes wrong (promotion, dropping the old). */
  readonly pointOfNoReturn?: true;
}

export type Operation = ReadOperation | WriteOperation;

/** Declares an operation: frozen data, no behaviour of its own. Its export name is its name and its activity type. */
export function operation<In extends Input, Out, P extends Pace = 'quick'>(
  declared: Omit<ReadOperation<In, Out, P>, 'pace' | 'types' | 'repeat'> & { readonly pace?: P; readonly repeat?: 'read' },
): ReadOperation<In, Out, P>;
export function operation<In extends Input, Row, E extends 'write' | 'irreversible'>(
  declared: Omit<WriteOperation<In, Row, E>, 'pace' | 'types'>,
): WriteOperation<In, Row, E>;
export function operation(declared: object): object {
  const { effect } = declared as { effect: string };
  return Object.freeze(effect === 'read' ? { pace: 'quick', repeat: 'read', ...declared } : { pace: 'slow', ...declared });
}

/** Whether an exported value is an operation. */
export const isOperation = (value: unknown): value is Operation =>
  typeof value === 'object' && value !== null && 'effect' in value && 'repeat' in value && 'statement' in value;

/** Every statement of a write as a list. */
export const statementsOf = (statements: Sql | readonly Sql[]): readonly Sql[] => ('text' in statements ? [statements] : statements);

import type { z } from 'zod';
import type { Found, OperationShape } from '../../workflows/contracts/operation-shape';
import type { Sample } from '../control/samples';
import type { Requirement } from '../sql/requirements';
import type { Acting } from '../effects/change';
import type { Selection } from '../effects/operation';
import type { Verdict } from '../effects/verdict';
import type { Cluster } from './cluster';

type Input = z.ZodObject & { readonly shape: { readonly target: z.ZodType<string> } };

/** A look at a whole cluster: several servers, their files, the endpoint. */
export interface ClusterRead<In extends Input = Input, Out = unknown> extends OperationShape<'read', 'slow', z.input<In>, Out> {
  readonly repeat: 'observed';
  readonly input: In;
  /** An input as a person would give it; what lists operations shows it. */
  readonly example?: NoInfer<z.input<In>>;
  readonly answer: z.ZodType<Out>;
  readonly look: (cluster: Cluster, input: z.output<In>, at: Looking) => Promise<unknown>;
}

export interface Looking {
  readonly signal: AbortSignal;
  /** What the sampler has stored of this cluster, newest first. */
  readonly samples: () => Promise<readonly Sample[]>;
}

/** One attempt at a change of a cluster. */
export interface Work<In, Row> extends Omit<Acting, 'input' | 'before'> {
  readonly cluster: Cluster;
  readonly input: In;
  readonly before: readonly Row[];
}

/**
 * A change of a cluster that no single statement can make: it stops servers, moves files, closes endpoints.
 *
 * Its repeat is safe because it decides by observing (class `observed`): claim, `before` and result live in the control database's
 * ledger, `act` looks before it does anything, and `verify` looks at the world afterwards.
 */
export interface ClusterWrite<
  In extends Input = Input,
  Row = unknown,
  E extends 'write' | 'irreversible' = 'write' | 'irreversible',
> extends OperationShape<E, 'slow', z.input<In>, Found<Row>> {
  readonly repeat: 'observed';
  readonly input: In;
  /** An input as a person would give it: its page in docs/statements is made from it. */
  readonly example?: NoInfer<z.input<In>>;
  /** What it would find with the example; needed where what it does depends on it. */
  readonly exampleBefore?: readonly NoInfer<Row>[];
  /** The rights and conditions that it needs on the nodes, asked in rehearsal, before any person is; else why it needs none. */
  readonly requires?: ((cluster: Cluster, input: z.output<In>) => Promise<readonly Requirement[]>) | { readonly none: string };
  /** What it takes away from whom while it runs, in words; shown in the plan. */
  readonly locks: string;
  readonly before: z.ZodType<Row>;
  readonly look: (cluster: Cluster, input: z.output<In>) => Promise<readonly unknown[]>;
  /** The part of `before` that the approval binds. Default: all of it. */
  readonly binds?: (before: readonly Row[]) => unknown;
  readonly selection?: Selection<z.output<In>>;
  /** What it does, one line a command or statement; shown in the plan and bound by the approval. No positions, no clocks, no secrets. */
  readonly does: (input: z.output<In>, before: readonly Row[]) => readonly string[];
  readonly act: (work: Work<z.output<In>, Row>) => Promise<void>;
  /** Whether the world is as the change makes it. Must be able to say no. */
  readonly verify: (cluster: Cluster, input: z.output<In>, before: readonly Row[]) => Promise<Verdict>;
  /** Whether the world still is as it left it; asked by its undo, where that is less than `verify` asks right after it. */
  readonly left?: (cluster: Cluster, input: z.output<In>, before: readonly Row[]) => Promise<Verdict>;
  /** Whether the world can be what a cut attempt left: somewhere between before and after. Asked by its undo, which takes nothing from others. */
  readonly cut?: (cluster: Cluster, input: z.output<In>, before: readonly Row[]) => Promise<Verdict>;
  readonly undo: { readonly by: string; readonly input: (input: z.output<In>, before: readonly Row[]) => unknown } | { readonly none: string };
  readonly pointOfNoReturn?: true;
}

export type ClusterOperation = ClusterRead | ClusterWrite;

/** Declares an operation on a cluster: frozen data. Its export name is its name and its activity type. */
export function clusterOperation<In extends Input, Out>(declared: Omit<ClusterRead<In, Out>, 'pace' | 'types' | 'repeat'>): ClusterRead<In, Out>;
export function clusterOperation<In extends Input, Row, E extends 'write' | 'irreversible'>(
  declared: Omit<ClusterWrite<In, Row, E>, 'pace' | 'types' | 'repeat'>,
): ClusterWrite<In, Row, E>;
export function clusterOperation(declared: object): object {
  return Object.freeze({ pace: 'slow', repeat: 'observed', ...declared });
}

/** Whether an exported value is an operation on a cluster. */
export const isClusterOperation = (value: unknown): value is ClusterOperation =>
  typeof value === 'object' && value !== null && 'repeat' in value && value.repeat === 'observed';

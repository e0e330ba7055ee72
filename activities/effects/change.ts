import type { Found } from '../../workflows/contracts/operation-shape';
import type { Selection } from './operation';
import type { Verdict } from './verdict';

export type Input = Record<string, unknown>;
export type Rows = readonly unknown[];

/** What every change declares, whatever carries it. */
export interface Declared {
  readonly effect: 'write' | 'irreversible';
  readonly input: { parse(raw: unknown): Input };
  readonly binds?: (before: never[]) => unknown;
  readonly selection?: Selection<never>;
  readonly undo: { readonly by: string; readonly input: (input: never, before: never) => unknown } | { readonly none: string };
  readonly trial?: true;
  readonly pointOfNoReturn?: true;
}

/** One attempt at acting. */
export interface Acting {
  readonly input: Input;
  readonly before: Rows;
  /** The run's fencing token; whoever keeps one of his own refuses an older one. */
  readonly token: number;
  readonly signal: AbortSignal;
  /** Whether an earlier attempt of this effect may have acted already. */
  readonly repeated: boolean;
  /** To be awaited just before and just after each act: the fence is checked, and tests cut here. */
  readonly sending: () => Promise<void>;
  readonly sent: () => Promise<void>;
  /** To be awaited where the world refused an act and did nothing of it: a point of no return that was never passed opens again. */
  readonly refused: () => Promise<void>;
}

export interface Acted {
  /** Rows that the statements reported; null where none reports any. */
  readonly rows: number | null;
  readonly notices: readonly string[];
}

/** An operation on the world that it changes: how it looks, acts and judges. In which order is the protocol's business alone. */
export interface Change {
  readonly name: string;
  readonly operation: Declared;
  /** What it finds and would change. */
  look(input: Input): Promise<Rows>;
  /** What it does, one line each: shown in the plan, bound by the approval, recorded with the effect. */
  lines(input: Input, before: Rows): readonly string[];
  act(acting: Acting): Promise<Acted>;
  /** Whether the world is as the change makes it. */
  judge(input: Input, before: Rows): Promise<Verdict>;
  /** Whether the world still is as the change left it, where that is less than what is asked right after it. */
  judgeLeft?(input: Input, before: Rows): Promise<Verdict>;
  /** Whether the world can be what an attempt left that was cut; by default object by object, each as it was or as it was made. */
  judgeCut?(input: Input, before: Rows): Promise<Verdict>;
  /** What there is to see before the effect is marked; goes into the report. */
  observe?(input: Input): Promise<Found<unknown>>;
  /** Takes a trial back, after it was looked at. */
  revert?(): Promise<void>;
}

/** A change and the one that undoes it, on the same world. */
export interface Pair {
  readonly change: Change;
  readonly undoing: Change;
}

/** The undo's input, from what the change was given and had found. */
export function undoInput({ change, undoing }: Pair, input: Input, before: Rows): Input {
  const { undo } = change.operation;
  if (!('by' in undo)) return {};
  return undoing.operation.input.parse(undo.input(input as never, before as never));
}

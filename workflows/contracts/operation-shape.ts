/** What an operation does to the world: looks, changes with an undo (or none needed), or changes permanently. */
export type Effect = 'read' | 'write' | 'irreversible';
/** How long a read may take: `quick` at most 2 seconds, `slow` as long as its own limit says. */
export type Pace = 'quick' | 'slow';
/** How a repeat of the operation is made safe (design: effects once). */
export type Repeat = 'read' | 'transactional' | 'idempotent' | 'one-shot';
/** What a change touches: one database, or something that all databases of the cluster share. */
export type Scope = 'database' | 'cluster';
/** The login class that an operation runs as; each is its own database role. */
export const LOGIN_CLASSES = ['read', 'signal', 'maintain', 'own', 'control'] as const;
export type LoginClass = (typeof LOGIN_CLASSES)[number];

/** What a write found before it acted: how many rows, and at most 50 of them. */
export interface Found<Row> {
  readonly count: number;
  readonly sample: readonly Row[];
}

/** The part of an operation that workflow code may know: its types. The rest lives in `activities/`. */
export interface OperationShape<E extends Effect, P extends Pace, In, Out> {
  readonly effect: E;
  readonly pace: P;
  /** Types only; never present at run time. */
  readonly types?: { readonly in: In; readonly out: Out };
}

/** A request for an operation: plain data. Nothing runs until a verb takes it. */
export interface Request<E extends Effect, Out> {
  readonly operation: string;
  readonly effect: E;
  readonly pace: Pace;
  readonly input: { readonly target: string };
  /** Types only; never present at run time. */
  readonly out?: Out;
}

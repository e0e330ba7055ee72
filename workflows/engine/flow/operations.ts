import type { OperationShape, Request } from '../../contracts/operation-shape';

type Shape = OperationShape<'read' | 'write' | 'irreversible', 'quick' | 'slow', never, unknown>;
type InputOf<T> = T extends OperationShape<infer _E, infer _P, infer In, infer _O> ? In : never;
type OutputOf<T> = T extends OperationShape<infer _E, infer _P, infer _I, infer Out> ? Out : never;
type EffectOf<T> = T extends OperationShape<infer E, infer _P, infer _I, infer _O> ? E : never;

type Requests<Module, Kind> = {
  readonly [Name in keyof Module as Module[Name] extends Kind ? Name : never]: (
    input: InputOf<Module[Name]> & { readonly target: string },
  ) => Request<EffectOf<Module[Name]>, OutputOf<Module[Name]>>;
};

/** The requests that a flow can make of a module of operations; known by type only, so no database code enters the workflow bundle. */
export interface OperationRequests<Module> {
  /** Quick reads: at most 2 seconds each. */
  readonly read: Requests<Module, { readonly effect: 'read'; readonly pace: 'quick' }>;
  /** Slow reads: as long as their own limit. */
  readonly readSlow: Requests<Module, { readonly effect: 'read'; readonly pace: 'slow' }>;
  /** Changes: those with an undo for `apply` and `during`, irreversible ones for `irreversible`. */
  readonly write: Requests<Module, { readonly effect: 'write' | 'irreversible'; readonly pace: 'slow' }>;
}

/** Makes requests for operations by name: plain frozen data that a verb takes. */
export function operations<Module>(): OperationRequests<Module> {
  return { read: requests('read', 'quick'), readSlow: requests('read', 'slow'), write: requests('write', 'slow') };
}

function requests<Kind>(effect: Shape['effect'], pace: Shape['pace']): Kind {
  return new Proxy(
    {},
    { get: (_, operation) => (input: { target: string }) => Object.freeze({ operation: String(operation), effect, pace, input }) },
  ) as Kind;
}

import { isClusterOperation, type ClusterOperation } from '../../activities/replication/cluster-operation';
import { isOperation, type Operation } from '../../activities/effects/operation';
import { OPERATION_MODULES } from './operation-modules';

/** The SQL operations of some modules by name. */
export const operationsOf = (modules: readonly object[] = Object.values(OPERATION_MODULES)): Record<string, Operation> =>
  collect(modules, isOperation);

/** The operations on clusters by name; `taken` has the names of all other operations. */
export const clusterOperationsOf = (taken: Readonly<Record<string, unknown>> = {}): Record<string, ClusterOperation> =>
  collect(Object.values(OPERATION_MODULES), isClusterOperation, taken);

/** Names are activity types: two of one name, or an undo that is no write, stop the worker. */
function collect<T extends Operation | ClusterOperation>(
  modules: readonly object[],
  is: (value: unknown) => value is T,
  taken: Readonly<Record<string, unknown>> = {},
): Record<string, T> {
  const operations: Record<string, T> = {};
  for (const [name, value] of modules.flatMap((module) => Object.entries(module) as [string, unknown][])) {
    if (!is(value)) continue;
    if (Object.hasOwn(operations, name) || Object.hasOwn(taken, name))
      throw new Error(`Two operations are named ${name}; names are activity types and must be unique.`);
    operations[name] = value;
  }
  for (const [name, operation] of Object.entries(operations)) {
    if (operation.effect === 'read' || !('by' in operation.undo)) continue;
    const undoing = operations[operation.undo.by];
    if (!undoing || undoing.effect === 'read') throw new Error(`${name} is undone by ${operation.undo.by}, which is no write of the same kind.`);
  }
  return operations;
}

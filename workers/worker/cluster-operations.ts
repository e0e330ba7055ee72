import * as endpoint from '../../activities/replication/endpoint';
import * as evidence from '../../activities/replication/failover-evidence';
import * as fence from '../../activities/replication/fence';
import * as following from '../../activities/replication/following';
import * as health from '../../activities/replication/health';
import * as leader from '../../activities/replication/leader';
import * as nodeFence from '../../activities/replication/node-fence';
import * as oldPrimary from '../../activities/replication/old-primary';
import * as promotion from '../../activities/replication/promotion';
import * as rejoin from '../../activities/replication/rejoin';
import * as slots from '../../activities/replication/slots';
import * as switchoverPlan from '../../activities/replication/switchover-plan';
import { isClusterOperation, type ClusterOperation } from '../../activities/replication/cluster-operation';

/** Every module of operations on clusters that the worker offers; the only list of them. */
const MODULES: readonly object[] = [
  endpoint,
  evidence,
  fence,
  following,
  health,
  leader,
  nodeFence,
  oldPrimary,
  promotion,
  rejoin,
  slots,
  switchoverPlan,
];

/** The operations on clusters by name; two of one name, or an undo that is no write, stop the worker. */
export function clusterOperationsOf(taken: Readonly<Record<string, unknown>> = {}): Record<string, ClusterOperation> {
  const operations: Record<string, ClusterOperation> = {};
  for (const [name, value] of MODULES.flatMap((module) => Object.entries(module) as [string, unknown][])) {
    if (!isClusterOperation(value)) continue;
    if (Object.hasOwn(operations, name) || Object.hasOwn(taken, name))
      throw new Error(`Two operations are named ${name}; names are activity types and must be unique.`);
    operations[name] = value;
  }
  for (const [name, operation] of Object.entries(operations)) {
    if (operation.effect === 'read' || !('by' in operation.undo)) continue;
    const undoing = operations[operation.undo.by];
    if (!undoing || undoing.effect === 'read') throw new Error(`${name} is undone by ${operation.undo.by}, which is no change of a cluster.`);
  }
  return operations;
}

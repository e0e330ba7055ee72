import * as blockers from '../../activities/postgres/blockers';
import * as connections from '../../activities/postgres/connections';
import * as extensions from '../../activities/postgres/extensions';
import * as leftovers from '../../activities/postgres/leftovers';
import * as longest from '../../activities/postgres/longest';
import * as memory from '../../activities/postgres/memory';
import * as preparedTransactions from '../../activities/postgres/prepared-transactions';
import * as readOnlyDefault from '../../activities/postgres/read-only-default';
import * as roles from '../../activities/postgres/roles';
import * as serverClock from '../../activities/postgres/server-clock';
import * as signs from '../../activities/postgres/signs';
import * as tviewDependencies from '../../activities/pg-tviews/dependencies';
import * as tviewDiagnosis from '../../activities/pg-tviews/diagnosis';
import * as tviewFind from '../../activities/pg-tviews/find-tview';
import * as tviewInstallation from '../../activities/pg-tviews/installation';
import * as tviewMaintenance from '../../activities/pg-tviews/maintenance';
import * as tviewPerformance from '../../activities/pg-tviews/performance';
import * as tviewQueue from '../../activities/pg-tviews/refresh-queue';
import * as tviewRefresh from '../../activities/pg-tviews/refresh';
import * as tviewLeftovers from '../../activities/pg-tviews/leftover-triggers';
import * as tviewRebuild from '../../activities/pg-tviews/rebuild';
import * as tviewRemains from '../../activities/pg-tviews/remains';
import * as tviewSetAside from '../../activities/pg-tviews/set-aside';
import * as tviewTriggers from '../../activities/pg-tviews/refresh-triggers';
import * as tviewHandler from '../../activities/pg-tviews/trigger-handler';
import * as tviews from '../../activities/pg-tviews/views';
import { isOperation, type Operation } from '../../activities/sql/operation';

/** Every module of operations that the worker offers; the only list of them. */
const MODULES: readonly object[] = [
  blockers,
  connections,
  extensions,
  leftovers,
  longest,
  memory,
  preparedTransactions,
  readOnlyDefault,
  roles,
  serverClock,
  signs,
  tviewDependencies,
  tviewDiagnosis,
  tviewFind,
  tviewInstallation,
  tviewMaintenance,
  tviewPerformance,
  tviewQueue,
  tviewRefresh,
  tviewLeftovers,
  tviewRebuild,
  tviewRemains,
  tviewSetAside,
  tviewTriggers,
  tviewHandler,
  tviews,
];

/** The operations of some modules by name. Names are activity types: two of one name, or an undo that is no write, stop the worker. */
export function operationsOf(modules: readonly object[] = MODULES): Record<string, Operation> {
  const operations: Record<string, Operation> = {};
  for (const [name, value] of modules.flatMap((module) => Object.entries(module) as [string, unknown][])) {
    if (!isOperation(value)) continue;
    if (Object.hasOwn(operations, name)) throw new Error(`Two operations are named ${name}; names are activity types and must be unique.`);
    operations[name] = value;
  }
  for (const [name, operation] of Object.entries(operations)) {
    if (operation.effect === 'read' || !('by' in operation.undo)) continue;
    const undoing = operations[operation.undo.by];
    if (!undoing || undoing.effect === 'read') throw new Error(`${name} is undone by ${operation.undo.by}, which is no write of any module.`);
  }
  return operations;
}

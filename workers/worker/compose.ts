import { renderReportHtml } from '../../activities/report/html';
import { renderReport } from '../../activities/report/markdown';
import type { ControlDatabase } from '../../activities/control/database';
import type { Notifier } from '../../activities/notify/notifier';
import { notifyServices } from '../../activities/notify/services';
import { runServices } from '../../activities/runs/services';
import { activitiesOf, type OnStage } from '../../activities/effects/activity';
import type { Operation } from '../../activities/effects/operation';
import type { Sessions } from '../../activities/sql/session';
import type { Registry } from '../../activities/targets/registry';
import { clusterActivities } from '../../activities/replication/activity';
import { clusters } from '../../activities/replication/cluster';
import { endpointOf } from '../../activities/replication/endpoints/endpoint-of';
import { controlOf } from '../../activities/replication/nodes/control-of';
import { clusterOperationsOf, operationsOf } from './operations';

export const SearchAttributeNames = ['RunbookName', 'RunbookTarget', 'RunbookPhase', 'RunbookRisk', 'RunbookRequester', 'RunbookEpisode'] as const;

export interface ActivityParts {
  readonly registry: Registry;
  readonly sessions: Sessions;
  /** Where reports outlive Temporal's retention; null where there is none. */
  readonly control: ControlDatabase | null;
  /** Who sends messages; without one they reach nobody. */
  readonly notifier?: Notifier | null;
  readonly namespace: string;
  readonly taskQueue: string;
  readonly searchAttributes: readonly string[];
  /** Further operations; for tests and benchmarks. */
  readonly operations?: Record<string, Operation>;
  /** Told of each stage of a write; tests cut the worker there. */
  readonly onStage?: OnStage;
}

/** The composition root: the only place that wires activities. */
export function runbookActivities(parts: ActivityParts): Record<string, (order: never) => Promise<unknown>> {
  const operations = { ...operationsOf(), ...parts.operations };
  const { control } = parts;
  const ledger = control?.ledger ?? null;
  const notifying = notifyServices(parts.notifier ?? null);
  const services = runServices({
    ...parts,
    notify: (notification) => notifying.notify(notification),
    operations,
    ledger,
    storeReport: async (report) => control?.storeReport(report, renderReport(report), renderReportHtml(report)),
    isStored: async (workflowId) => (control?.canRead ? ((await control.latestReport(workflowId))?.endedAt ?? null) !== null : null),
  });
  const onClusters = clusterActivities(
    clusterOperationsOf(operations),
    { clusterOf: clusters(parts.registry, { endpointOf, controlOf }), ledger },
    parts.onStage,
  );
  return {
    ...activitiesOf(operations, parts.sessions, parts.onStage),
    ...onClusters,
    ...(services as unknown as Record<string, (order: never) => Promise<unknown>>),
    ...notifying,
  };
}

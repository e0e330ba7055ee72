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
import { KernelFailure } from '../../activities/sql/kernel-failure';
import { rehearseActivity } from '../../activities/runs/rehearse';
import type { Order, Preview } from '../../workflows/contracts/orders';
import { REHEARSE } from '../../workflows/contracts/rehearsal';
import { flowsOf } from '../../workflows/engine/flow/define-runbook';
import { rehearseFlow } from '../../workflows/engine/flow/rehearse-flow';
import * as workflows from '../../workflows/index';
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
  /** The module whose runbooks are rehearsed here; the product's own when left out. */
  readonly workflows?: Readonly<Record<string, unknown>>;
  /** Further operations; for tests and benchmarks. */
  readonly operations?: Record<string, Operation>;
  /** Told of each stage of a write; tests cut the worker there. */
  readonly onStage?: OnStage;
}

/** The composition root: the only place that wires activities. */
export function runbookActivities(parts: ActivityParts): Activities {
  const operations = { ...operationsOf(), ...parts.operations };
  const runbooks = flowsOf(parts.workflows ?? workflows);
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
  const asked: Activities = { ...activitiesOf(operations, parts.sessions, parts.onStage), ...onClusters };
  return {
    ...asked,
    ...(services as unknown as Activities),
    ...notifying,
    [REHEARSE]: rehearseActivity({
      brief: (input) => services.brief(input),
      asker: {
        read: ({ operation, input }) => ask(asked, operation, { kind: 'read', input }),
        preview: ({ operation, input }) => ask(asked, operation, { kind: 'preview', input }) as Promise<Preview>,
      },
      // Servers, files and endpoints take the time that they take.
      isQuick: ({ effect, pace, operation }) => (effect === 'read' ? pace === 'quick' : !Object.hasOwn(onClusters, operation)),
      run: (order, world) => rehearseFlow(runbooks, order, world),
    }),
  };
}

type Activities = Record<string, (order: never) => Promise<unknown>>;

/** A rehearsal asks by the same activities as a step, inside its own. */
function ask(activities: Activities, operation: string, order: Order): Promise<unknown> {
  const activity = activities[operation];
  if (!activity) throw new KernelFailure('FlowError', `This worker has no operation "${operation}".`);
  return activity(order as never);
}

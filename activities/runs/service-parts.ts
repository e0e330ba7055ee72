import type { RunReport } from '../../workflows/contracts/journal';
import type { Notification, NotificationAnswer } from '../../workflows/contracts/notification';
import type { ControlLedger } from '../control/ledger';
import type { Operations } from '../effects/activity';
import type { Sessions } from '../sql/session';
import type { Registry } from '../targets/registry';

/** What the services are made of; the composition root wires it. */
export interface ServiceParts {
  readonly registry: Registry;
  readonly sessions: Sessions;
  readonly operations: Operations;
  /** The ledger of effects on clusters; null where there is no control database. */
  readonly ledger: ControlLedger | null;
  /** Tells a recipient of notify.yaml; never throws. */
  readonly notify: (notification: Notification) => Promise<NotificationAnswer>;
  readonly searchAttributes: readonly string[];
  readonly namespace: string;
  readonly taskQueue: string;
  /** Stores a report; throws where the control database is away. */
  readonly storeReport: (report: RunReport) => Promise<void>;
  /** Whether a final report of a run is stored already; null where that cannot be known. */
  readonly isStored: (workflowId: string) => Promise<boolean | null>;
}

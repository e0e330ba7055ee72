import type { Risk } from '../../../workflows/contracts/header';
import { ingest } from '../../alerts/ingest';
import { Inbox, type EpisodeState } from '../../alerts/inbox';
import { limitsOf } from '../../alerts/limits';
import { routeAlert } from '../../alerts/route-alert';
import type { RoutesConfig } from '../../alerts/routes-config';
import type { Alert } from '../../../workflows/contracts/alert';
import { entryOf, type CatalogueEntry } from '../../catalogue/catalogue';

/** What one alert would lead to, in a gateway whose inbox is empty. */
export interface AlertTrial {
  readonly alert: string;
  readonly status: Alert['status'];
  readonly state: EpisodeState | 'unroutable' | 'watchdog';
  readonly because: string;
  /** Where a route took it. */
  readonly route?: string;
  readonly runbook?: string;
  readonly target?: string;
  readonly input?: Readonly<Record<string, unknown>>;
  readonly risk?: Risk;
  /** `none needed` for what only looks, `none` for a safe change without one. */
  readonly gate?: 'before the first change' | 'none needed' | 'none';
  readonly run?: string | null;
}

export interface TrialParts {
  readonly config: RoutesConfig;
  readonly catalogue: readonly CatalogueEntry[];
  readonly targets: readonly string[];
  readonly source: string;
  readonly now: number;
}

/** Routes alerts and takes them into empty inbox, by the gateway's own functions; starts nothing. */
export function tryAlerts({ config, catalogue, targets, source, now }: TrialParts, alerts: readonly Alert[]): AlertTrial[] {
  const inbox = new Inbox();
  const limits = limitsOf(config, catalogue);
  const watchdog = config.sources[source]?.watchdog?.alertname;
  return alerts.map((one) => {
    const named = { alert: one.labels['alertname'] ?? 'alert', status: one.status };
    if (watchdog !== undefined && named.alert === watchdog)
      return { ...named, state: 'watchdog', because: `it shows that ${source} is alive, and starts nothing` };
    const routing = routeAlert(config, catalogue, targets, source, one);
    if (!('seen' in routing)) return { ...named, state: 'unroutable', because: routing.because };
    const { route, runbook, target, input } = routing.seen;
    const { state, because, workflowId } = ingest(inbox, routing.seen, limits, now);
    const entry = entryOf(catalogue, runbook);
    const gate = entry.gated ? 'before the first change' : entry.risk === 'read-only' ? 'none needed' : 'none';
    return {
      ...named,
      ...{ state, because, route, runbook, target, input, risk: entry.risk, gate, run: workflowId },
    };
  });
}

import type { Risk } from '../../workflows/contracts/header';
import { absorb } from '../gateway/books/absorb';
import { Books, type Standing } from '../gateway/books/books';
import { limitsOf } from '../gateway/limits';
import { routeAlert } from '../gateway/route';
import type { RoutesConfig } from '../gateway/routes-config';
import type { Alert } from '../../workflows/contracts/alert';
import { entryOf, type CatalogueEntry } from './catalogue';
import { inputProblems, missingInputs } from './typed-input';

/** What one alert would lead to, in a gateway whose inbox is empty. */
export interface AlertTrial {
  readonly alert: string;
  readonly status: Alert['status'];
  readonly standing: Standing | 'unroutable' | 'watchdog';
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
  /** Why the run would end at once. */
  readonly refusedInput?: readonly string[];
}

export interface TrialParts {
  readonly config: RoutesConfig;
  readonly catalogue: readonly CatalogueEntry[];
  readonly targets: readonly string[];
  readonly source: string;
  readonly now: number;
}

/** Routes alerts and takes them into empty books, by the gateway's own functions; starts nothing. */
export function tryAlerts({ config, catalogue, targets, source, now }: TrialParts, alerts: readonly Alert[]): AlertTrial[] {
  const books = new Books();
  const limits = limitsOf(config, catalogue);
  const watchdog = config.sources[source]?.watchdog?.alertname;
  return alerts.map((one) => {
    const named = { alert: one.labels['alertname'] ?? 'alert', status: one.status };
    if (watchdog !== undefined && named.alert === watchdog)
      return { ...named, standing: 'watchdog', because: `it shows that ${source} is alive, and starts nothing` };
    const routing = routeAlert(config, catalogue, targets, source, one);
    if (!('seen' in routing)) return { ...named, standing: 'unroutable', because: routing.because };
    const { route, runbook, target, input } = routing.seen;
    const { standing, because, workflowId } = absorb(books, routing.seen, limits, now);
    const entry = entryOf(catalogue, runbook);
    const gate = entry.gated ? 'before the first change' : entry.risk === 'read-only' ? 'none needed' : 'none';
    const missing = missingInputs(entry, [...Object.keys(input), 'target']).map((key) => `${key}: it is needed`);
    const refusedInput = [...missing, ...inputProblems(entry, input)];
    return {
      ...named,
      ...{ standing, because, route, runbook, target, input, risk: entry.risk, gate, run: workflowId },
      ...(refusedInput.length ? { refusedInput } : {}),
    };
  });
}

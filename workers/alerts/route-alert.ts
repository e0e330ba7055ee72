import { createHash } from 'node:crypto';
import type { Alert } from '../../workflows/contracts/alert';
import { canonicalJson } from '../../workflows/pure/json';
import { entryOf, type CatalogueEntry } from '../catalogue/catalogue';
import { inputProblems, missingInputs } from '../catalogue/input-problems';
import { parseValue } from '../catalogue/parse-value';
import type { RoutedAlert } from './ingest';
import type { RouteConfig, RouteValue, RoutesConfig } from './routes-config';

/** What an alert leads to: a route has taken it, or why none has. */
export type Routing = { readonly seen: RoutedAlert } | Unroutable;

/** An alert that leads to nothing. Where a route was meant for it, and its input is wrong, a person must be told: a run would have begun. */
export interface Unroutable {
  readonly because: string;
  readonly page?: { readonly key: string; readonly target: string; readonly says: string };
}

/** Finds the first route that takes an alert, and fills its runbook's input. The alert's labels choose; they name nothing that routes.yaml does not allow. */
export function routeAlert(
  config: RoutesConfig,
  catalogue: readonly CatalogueEntry[],
  targets: readonly string[],
  from: string,
  alert: Alert,
): Routing {
  const route = config.routes.find((one) => takes(one, from, alert));
  if (!route) return { because: 'no route matches' };
  const target = typeof route.target === 'string' ? route.target : alert.labels[route.target.label];
  if (target === undefined)
    return { because: `route ${route.name}: the alert has no label ${(route.target as { label: string }).label}, which names the target` };
  if (!targets.includes(target)) return { because: `route ${route.name}: targets.yaml has no target ${JSON.stringify(target)}` };
  const allowed = config.sources[from]?.targets ?? [];
  if (allowed !== 'all' && !allowed.includes(target)) return { because: `route ${route.name}: the source ${from} may not name the target ${target}` };
  const entry = entryOf(catalogue, route.runbook);
  const { input, problems } = fillInput(route, alert, entry);
  const identity = sha256([from, route.name, target, identityLabels(route, alert)]);
  const startsAt = Date.parse(alert.startsAt);
  const key = sha256([identity, startsAt]);
  // "Resolved" starts nothing, and must reach its episode whatever its annotations say by then.
  if (problems.length && alert.status === 'firing') {
    const because = `route ${route.name}: ${problems.join('; ')}`;
    return {
      because,
      page: { key, target, says: `${sentenceOf(alert, target)}: ${entry.id} was not started, because its input is wrong (${because}).` },
    };
  }
  return {
    seen: {
      key,
      identity,
      source: from,
      route: route.name,
      runbook: entry.id,
      target,
      input,
      says: sentenceOf(alert, target),
      startsAt,
      status: alert.status,
    },
  };
}

/** The runbook's input, with what the alert fills in, and what the runbook would refuse of it. */
function fillInput(route: RouteConfig, alert: Alert, entry: CatalogueEntry): { input: Record<string, unknown>; problems: readonly string[] } {
  const input: Record<string, unknown> = {};
  const problems: string[] = [];
  for (const [key, value] of Object.entries(route.input)) {
    const filled = fill(value, alert, entry.input.properties?.[key] ?? {});
    if ('problem' in filled) problems.push(`${key}: ${filled.problem}`);
    else if (filled.value !== undefined) input[key] = filled.value;
  }
  const missing = missingInputs(entry, [...Object.keys(input), 'target']).filter(
    (key) => !(key in route.input) || !problems.some((one) => one.startsWith(`${key}: `)),
  );
  return {
    input,
    problems: [...problems, ...missing.map((key) => `${key}: it is needed, and the alert does not give it`), ...inputProblems(entry, input)],
  };
}

function takes({ from, match }: RouteConfig, source: string, { labels }: Alert): boolean {
  if (from && !from.includes(source)) return false;
  return Object.entries(match).every(([label, wanted]) => [wanted].flat().includes(labels[label] ?? ''));
}

function fill(value: RouteValue, alert: Alert, schema: CatalogueEntry['input']): { readonly value: unknown } | { readonly problem: string } {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return { value };
  if ('label' in value && typeof value['label'] === 'string')
    return parseGiven(alert.labels[value['label']] ?? (value as { default?: string }).default, schema);
  if ('annotation' in value && typeof value['annotation'] === 'string') return parseGiven(alert.annotations[value['annotation']], schema);
  if ('alert' in value) return parseGiven(value['alert'] === 'startsAt' ? beginning(alert) : alert.labels['alertname'], schema);
  return { value };
}

/** Some senders write the year 1 or 1970 where they do not know: taken for a time, every limit of an incident would be missed at once. */
function beginning({ startsAt }: Alert): string | undefined {
  const at = new Date(startsAt);
  return at.getUTCFullYear() < 2_000 ? undefined : at.toISOString();
}

/** A text from an alert, typed; one that is not there, or blank, leaves the input's default. What is only too long is cut: no alert may be lost for its length. */
const parseGiven = (text: string | undefined, schema: CatalogueEntry['input']) =>
  text === undefined || text.trim() === '' ? { value: undefined } : parseValue(text.slice(0, schema.maxLength ?? 1_000), schema);

function identityLabels({ identity }: RouteConfig, { labels }: Alert): Record<string, string> {
  return identity ? Object.fromEntries(identity.map((name) => [name, labels[name] ?? ''])) : labels;
}

const sha256 = (value: unknown): string => createHash('sha256').update(canonicalJson(value)).digest('hex');

function sentenceOf({ labels, annotations }: Alert, target: string): string {
  const summary = annotations['summary'] ?? annotations['description'];
  return `${labels['alertname'] ?? 'alert'} on ${target}${summary ? `: ${summary}` : ''}`.replace(/\s+/g, ' ').slice(0, 500);
}

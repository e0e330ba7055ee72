import { didYouMean } from '../../workflows/pure/did-you-mean';
import type { CatalogueEntry } from '../catalogue/catalogue';
import { problemsOfStart, problemsOfTargets } from '../catalogue/unattended';
import type { RouteConfig, RouteValue, RoutesConfig } from './routes-config';

/** Why routes may not be used, a line each: what they name must exist, and an alert may start only what is read-only, safe, or gated before its first change. */
export function problemsOfRoutes({ sources, routes }: RoutesConfig, catalogue: readonly CatalogueEntry[], targets: readonly string[]): string[] {
  const named = Object.entries(sources).flatMap(([name, { targets: allowed }]) =>
    allowed === 'all' ? [] : problemsOfTargets(`sources.${name}.targets`, allowed, targets),
  );
  const twice = routes.filter(({ name }, i) => routes.findIndex((one) => one.name === name) !== i).map(({ name }) => `routes: two are named ${name}`);
  return [...named, ...twice, ...routes.flatMap((route) => problemsOfRoute(route, Object.keys(sources), catalogue, targets))];
}

function problemsOfRoute(route: RouteConfig, sources: readonly string[], catalogue: readonly CatalogueEntry[], targets: readonly string[]): string[] {
  const at = `routes.${route.name}`;
  const unknown = (route.from ?? []).filter((from) => !sources.includes(from));
  // A value that stands in the alert is typed when the alert is there.
  const input = Object.fromEntries(Object.entries(route.input).map(([key, value]) => [key, isFromAlert(value) ? undefined : value]));
  return [
    ...unknown.map((from) => `${at}.from: no source is named ${from}.${didYouMean(from, sources)}`),
    ...(typeof route.target === 'string' ? problemsOfTargets(`${at}.target`, [route.target], targets) : []),
    ...problemsOfStart({ at, by: 'an alert', runbook: route.runbook, input }, catalogue),
  ];
}

const isFromAlert = (value: RouteValue): boolean => typeof value === 'object' && value !== null && !Array.isArray(value);

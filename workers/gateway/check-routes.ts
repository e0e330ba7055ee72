import { didYouMean } from '../../workflows/contracts/did-you-mean';
import type { CatalogueEntry } from '../cli/catalogue';
import { inputProblems } from '../cli/typed-input';
import type { RouteConfig, RouteValue, RoutesConfig } from './routes-config';

/** Why routes may not be used, a line each: what they name must exist, and an alert may start only what is read-only, safe, or gated before its first change. */
export function problemsOfRoutes({ sources, routes }: RoutesConfig, catalogue: readonly CatalogueEntry[], targets: readonly string[]): string[] {
  const named = Object.entries(sources).flatMap(([name, { targets: allowed }]) =>
    allowed === 'all'
      ? []
      : allowed
          .filter((target) => !targets.includes(target))
          .map((target) => `sources.${name}.targets: targets.yaml has no target ${target}.${didYouMean(target, targets)}`),
  );
  const twice = routes.filter(({ name }, i) => routes.findIndex((one) => one.name === name) !== i).map(({ name }) => `routes: two are named ${name}`);
  return [...named, ...twice, ...routes.flatMap((route) => problemsOfRoute(route, Object.keys(sources), catalogue, targets))];
}

function problemsOfRoute(route: RouteConfig, sources: readonly string[], catalogue: readonly CatalogueEntry[], targets: readonly string[]): string[] {
  const at = `routes.${route.name}`;
  const problems: string[] = [];
  for (const from of route.from ?? [])
    if (!sources.includes(from)) problems.push(`${at}.from: no source is named ${from}.${didYouMean(from, sources)}`);
  if (typeof route.target === 'string' && !targets.includes(route.target))
    problems.push(`${at}.target: targets.yaml has no target ${route.target}.${didYouMean(route.target, targets)}`);
  const ids = catalogue.map(({ id }) => id);
  const entry = catalogue.find(({ id }) => id === route.runbook);
  if (!entry) return [...problems, `${at}.runbook: no runbook is named ${route.runbook}.${didYouMean(route.runbook, ids)}`];
  if (!mayStart(entry))
    problems.push(
      `${at}.runbook: ${entry.id} (${entry.risk}) would change a database before anybody was asked; an alert may start only what is read-only, safe, or gated before its first change`,
    );
  const known = Object.keys(entry.input.properties ?? {});
  for (const key of Object.keys(route.input)) {
    if (key === 'target') problems.push(`${at}.input.target: write it as ${at}.target`);
    else if (!known.includes(key))
      problems.push(`${at}.input.${key}: ${entry.id} takes no such input.${didYouMean(key, known)} Known: ${known.join(', ')}`);
  }
  const literal = Object.fromEntries(Object.entries(route.input).filter(([key, value]) => known.includes(key) && !isFromAlert(value)));
  const typed = { ...entry, input: { ...entry.input, required: [] } };
  problems.push(...inputProblems(typed, { ...literal, target: '' }).map((problem) => `${at}.input.${problem}`));
  for (const key of entry.input.required ?? [])
    if (key !== 'target' && !(key in route.input)) problems.push(`${at}.input: ${key} is needed by ${entry.id}`);
  return problems;
}

/** A value that stands in the alert is typed when the alert is there. */
const isFromAlert = (value: RouteValue): boolean => typeof value === 'object' && value !== null && !Array.isArray(value);

/** Whether something that is no person may start it. */
export const mayStart = ({ risk, gated }: CatalogueEntry): boolean => risk === 'read-only' || risk === 'safe' || gated === true;

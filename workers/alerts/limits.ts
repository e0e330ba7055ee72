import { milliseconds } from '../../workflows/pure/span';
import type { CatalogueEntry } from '../catalogue/catalogue';
import type { Limits } from './inbox';
import type { RoutesConfig } from './routes-config';

/** The storm rules as numbers. */
export function limitsOf({ limits }: RoutesConfig, catalogue: readonly CatalogueEntry[]): Limits {
  const readOnly = new Set(catalogue.filter(({ risk }) => risk === 'read-only').map(({ id }) => id));
  const responses = new Set(catalogue.filter(({ system }) => system === 'incident').map(({ id }) => id));
  return {
    coolDownMs: milliseconds(limits.coolDown),
    startsPerHour: limits.startsPerHour,
    massTargets: limits.massTargets,
    massWindowMs: milliseconds(limits.massWindow),
    forgetAfterMs: milliseconds(limits.forgetAfter),
    changes: (runbook) => !readOnly.has(runbook),
    responds: (runbook) => responses.has(runbook),
  };
}

import { textTable } from '../../../activities/report/text-table';
import { onOneLine } from '../../../activities/report/printable';
import { readCatalogue } from '../../catalogue/catalogue';
import type { RoutesCheck } from './routes-file';

/** A right routes.yaml as a person looks it over: who may send, and what leads to what. No secret is in it. */
export function routesText({ path, config, notes }: RoutesCheck): string {
  if (config === null) return '';
  const catalogue = readCatalogue();
  const routes = config.routes.map(({ name, from, match, target, runbook }) => {
    const entry = catalogue.find(({ id }) => id === runbook);
    return [
      name,
      from?.join(', ') ?? 'any source',
      Object.entries(match)
        .map(([label, wanted]) => `${label}=${[wanted].flat().join('|')}`)
        .join(' ') || 'every alert',
      typeof target === 'string' ? target : `label ${target.label}`,
      `${runbook} (${entry?.risk ?? ''}${entry?.gated ? ', gated' : ''})`,
    ].map(onOneLine);
  });
  const sources = Object.entries(config.sources).map(([name, { kind, authentication, targets, watchdog }]) => [
    name,
    kind,
    authentication.by,
    targets === 'all' ? 'all' : targets.join(', '),
    watchdog ? `${watchdog.alertname} within ${watchdog.within}` : '-',
  ]);
  return [
    `${path} is right.`,
    textTable([['source', 'kind', 'signed by', 'may name', 'watchdog'], ...sources]),
    textTable([['route, the first that matches', 'from', 'match', 'target', 'runbook'], ...routes]),
    `What the gateway will not do by itself is told to: ${config.pageTo}`,
    ...(notes.length ? [`Not to be seen from here (the gateway needs it):\n${notes.map((one) => `  - ${one}`).join('\n')}`] : []),
  ].join('\n\n');
}

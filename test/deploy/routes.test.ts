import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { readCatalogue } from '../../workers/cli/catalogue';
import { problemsOfRoutes } from '../../workers/gateway/check-routes';
import { routeAlert } from '../../workers/gateway/route';
import { readRoutes } from '../../workers/gateway/routes-config';

const routes = readRoutes('routes.example.yaml');
const catalogue = readCatalogue();
const { groups } = parse(readFileSync('deploy/prometheus/rules.yaml', 'utf8')) as { groups: { rules: { alert: string }[] }[] };
const alerts = groups.flatMap(({ rules }) => rules.map(({ alert }) => alert)).filter((alert) => alert !== 'Watchdog');

test('the example routes have no problem', () => {
  expect(problemsOfRoutes(routes, catalogue, ['orders-eu'])).toEqual([]);
});

test.each(alerts)('the rule %s leads to a run', (alertname) => {
  const labels = { alertname, target: 'orders-eu' };
  const alert = {
    status: 'firing',
    labels,
    annotations: { summary: 'so it is' },
    startsAt: '2026-11-21T10:00:00Z',
    endsAt: null,
    url: null,
  } as const;
  expect(routeAlert(routes, catalogue, ['orders-eu'], 'alertmanager', alert)).toMatchObject({ seen: { target: 'orders-eu' } });
});

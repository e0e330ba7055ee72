import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { readCatalogue } from '../../workers/catalogue/catalogue';
import { problemsOfRoutes } from '../../workers/alerts/check-routes';
import { routeAlert } from '../../workers/alerts/route-alert';
import { readRoutes } from '../../workers/alerts/routes-config';

const routes = readRoutes('routes.example.yaml');
const catalogue = readCatalogue();
const { groups } = parse(readFileSync('deploy/prometheus/rules.yaml', 'utf8')) as { groups: { rules: { alert: string }[] }[] };
const alerts = groups.flatMap(({ rules }) => rules.map(({ alert }) => alert)).filter((alert) => alert !== 'Watchdog');

test('the example routes have no problem', () => {
  expect(problemsOfRoutes(routes, catalogue, ['orders-eu'])).toEqual([]);
});

const routed = (alertname: string, startsAt = '2026-11-21T10:00:00Z') => {
  const labels = { alertname, target: 'orders-eu' };
  const alert = { status: 'firing', labels, annotations: { summary: 'so it is' }, startsAt, endsAt: null, url: null } as const;
  return routeAlert(routes, catalogue, ['orders-eu'], 'alertmanager', alert);
};

test.each(alerts)('the rule %s leads to a run', (alertname) => {
  expect(routed(alertname)).toMatchObject({ seen: { target: 'orders-eu' } });
});

test('the clock of an incident begins with its alert, but not in a year in which no alert was sent', () => {
  const begins = (startsAt: string) => {
    const incidents = alerts.map((name) => routed(name, startsAt)).filter((one) => 'seen' in one && /^respondTo/.test(one.seen.runbook));
    expect(incidents.length).toBeGreaterThan(0);
    return [...new Set(incidents.map((one) => ('seen' in one ? one.seen.input['startsAt'] : null)))];
  };
  expect(begins('2026-11-21T10:00:00Z')).toEqual(['2026-11-21T10:00:00.000Z']);
  expect(begins('0001-01-01T00:00:00Z')).toEqual([undefined]);
  expect(begins('1970-01-01T00:00:00Z')).toEqual([undefined]);
});

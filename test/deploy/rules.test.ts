import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { findProgram } from '../../scripts/parts/find-program';
import { projectRoot } from '../../scripts/parts/project-root';
import { RUNBOOK_IDS } from '../../workflows/names';

const ROOT = projectRoot();
const PROMETHEUS = join(ROOT, 'deploy/prometheus');
const ALERTMANAGER = join(ROOT, 'deploy/alertmanager/alertmanager.yaml');

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly for?: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}
const rules = (parse(readFileSync(join(PROMETHEUS, 'rules.yaml'), 'utf8')) as { groups: { rules: Rule[] }[] }).groups.flatMap((group) => group.rules);
const tests = readFileSync(join(PROMETHEUS, 'rules.test.yaml'), 'utf8');

interface Ran {
  readonly status: number | null;
  readonly text: string;
}
function run(program: string, ...args: string[]): Ran {
  const found = findProgram(program);
  if (found === null) throw new Error(`no ${program} in PATH: install the packages prometheus and prometheus-alertmanager`);
  const { status, stdout, stderr } = spawnSync(found, args, { encoding: 'utf8' });
  return { status, text: stdout + stderr };
}

/** Absent in CI is a failure; elsewhere the tests say loudly that they did not run. */
const present = (findProgram('promtool') !== null && findProgram('amtool') !== null) || process.env['CI'] !== undefined;
if (!present) console.warn('NOT TESTED: no promtool or amtool in PATH; install the packages prometheus and prometheus-alertmanager');

(present ? describe : describe.skip)('by the programs themselves', () => {
  it('the rules and the sample configuration are right', () => {
    expect(run('promtool', 'check', 'rules', join(PROMETHEUS, 'rules.yaml'))).toMatchObject({ status: 0 });
    expect(run('promtool', 'check', 'config', join(PROMETHEUS, 'prometheus.yaml'))).toMatchObject({ status: 0 });
  });

  it('each rule fires above its limit after its time, and neither at the limit nor before', () => {
    expect(run('promtool', 'test', 'rules', join(PROMETHEUS, 'rules.test.yaml'))).toMatchObject({ status: 0 });
  });

  it('the unit tests see every limit and every time: a changed one fails them', () => {
    const folder = mkdtempSync(join(tmpdir(), 'rules-'));
    cpSync(PROMETHEUS, folder, { recursive: true });
    const text = readFileSync(join(PROMETHEUS, 'rules.yaml'), 'utf8');
    // What decides whether a rule fires: the figure of a comparison at the end of an expression, and its `for`.
    const places = [...text.matchAll(/(?<=> )[\d.e]+(?=\n)|(?<=\n +for: )\d+(?=m\n)/g)];
    const unseen = places.filter((place) => {
      const changed = text.slice(0, place.index) + String(Number(place[0]) * 0.5) + text.slice(place.index + place[0].length);
      writeFileSync(join(folder, 'rules.yaml'), changed.replace(/for: (\d+)\.5m/g, 'for: $1m30s'));
      return run('promtool', 'test', 'rules', join(folder, 'rules.test.yaml')).status === 0;
    });
    rmSync(folder, { recursive: true });
    expect(places.length).toBeGreaterThanOrEqual(2 * (rules.length - 3));
    expect(unseen.map((place) => text.slice(0, place.index).split('alert: ').at(-1)?.split('\n')[0])).toEqual([]);
  }, 120_000);

  it('the routes of Alertmanager are right: a critical alert waits for nothing', () => {
    expect(run('amtool', 'check-config', ALERTMANAGER)).toMatchObject({ status: 0 });
    const routeOf = (...labels: string[]): string =>
      run('amtool', 'config', 'routes', 'test', `--config.file=${ALERTMANAGER}`, '--tree', '--verify.receivers=pg-runbooks', ...labels).text;
    expect(routeOf('alertname=DatabaseDown', 'severity=critical', 'target=shop')).toContain('{severity="critical"}  receiver: pg-runbooks');
    expect(routeOf('alertname=HighCpu', 'severity=warning', 'target=shop')).toContain('default-route  receiver: pg-runbooks');
    expect(routeOf('alertname=Watchdog', 'severity=none')).toContain('{alertname="Watchdog"}  receiver: pg-runbooks');
  });
});

it('a critical alert, the watchdog and the others wait as long as promised, and every alert arrives whole', () => {
  const { route, receivers } = parse(readFileSync(ALERTMANAGER, 'utf8')) as {
    route: { group_by: string[]; group_wait: string; routes: object[] };
    receivers: { webhook_configs: object[] }[];
  };
  expect(route).toMatchObject({ group_by: ['alertname', 'target'], group_wait: '30s' });
  expect(route.routes).toEqual([
    { matchers: ['alertname="Watchdog"'], group_wait: '0s', group_interval: '1m', repeat_interval: '1m' },
    { matchers: ['severity="critical"'], group_wait: '0s', group_interval: '1m' },
  ]);
  expect(receivers.flatMap((receiver) => receiver.webhook_configs)).toEqual([
    {
      url: 'http://127.0.0.1:8087/webhooks/alertmanager',
      send_resolved: true,
      max_alerts: 0,
      http_config: { authorization: { type: 'Bearer', credentials_file: expect.any(String) } },
    },
  ]);
});

it('the four rules of the procedure srv-alerts have its limits and times', () => {
  const limits = Object.fromEntries(rules.map((rule) => [rule.alert, `${rule.expr.trim().split(' ').at(-1)} for ${rule.for}`]));
  expect(limits).toMatchObject({
    HighCpu: '80 for 5m',
    ConnectionsNearLimit: '80 for 5m',
    ReplicationLag: '300 for 5m',
    DiskNearlyFull: '85 for 10m',
  });
});

it.each(rules)('$alert says what is wrong, who is told and which runbook looks, and has a unit test', ({ alert, expr, labels, annotations }) => {
  expect(['critical', 'warning', 'none']).toContain(labels['severity']);
  expect(Object.keys(annotations)).toEqual(['summary', 'action', 'runbook']);
  expect(tests).toContain(`alertname="${alert}"`);
  if (alert === 'Watchdog') return;
  // The target comes with the metric: an aggregation that drops it would send an alert that nobody can route.
  expect(expr).toMatch(/by \(target, instance\b/);
  expect(annotations['summary']).toContain('$labels.target');
  expect(RUNBOOK_IDS).toContain(annotations['runbook']);
});

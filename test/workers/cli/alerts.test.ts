import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { main } from '../../../workers/cli/main';
import { recordPrinting } from '../../support/printing';

const folder = mkdtempSync(join(tmpdir(), 'alerts-cli-'));
const file = (name: string, text: string): string => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};
const ROUTES = `
sources:
  am:
    kind: alertmanager
    authentication: { by: bearer, tokens: [{ env: CLI_ALERTS_TOKEN }] }
    targets: [orders-eu]
    watchdog: { within: 10 minutes }
  scripts: { kind: json, authentication: { by: hmac, secrets: [{ env: CLI_ALERTS_NOT_SET }] }, targets: all }
routes:
  - name: connections
    match: { alertname: ConnectionsHigh }
    runbook: relieveConnectionExhaustion
    input: { freeSlots: { label: want }, maxSessions: 5 }
    identity: [alertname, target]
  - { name: lag, match: { alertname: Lag }, runbook: checkReplication, input: { maxLagBytes: { label: bytes, default: '1000' } } }
  - { name: incident, match: { severity: critical }, runbook: respondToP1, input: { kind: connections, startsAt: { alert: startsAt } } }
pageTo: on-call engineer
`;
const routes = file('routes.yaml', ROUTES);
const targets = file(
  'targets.yaml',
  `targets:
  orders-eu: { environment: production, database: orders, nodes: [{ name: eu-1, host: 10.0.0.1 }], logins: { read: { user: rb_read } } }
  billing-eu: { environment: production, database: billing, nodes: [{ name: eu-2, host: 10.0.0.2 }], logins: { read: { user: rb_read } } }
`,
);

const printed = recordPrinting();
const before = { ...process.env };
beforeAll(() => {
  Object.assign(process.env, { RUNBOOKS_TARGETS: targets, CLI_ALERTS_TOKEN: 'a-token-that-is-a-secret' });
  delete process.env['RUNBOOKS_NOTIFY'];
});
afterAll(() => {
  process.env = before;
  rmSync(folder, { recursive: true, force: true });
});

const alert = (alertname: string, labels: object = {}, more: object = {}) => ({
  status: 'firing',
  labels: { alertname, target: 'orders-eu', ...labels },
  startsAt: '2026-03-11T02:14:00Z',
  ...more,
});
const payload = (...alerts: object[]): string => file('payload.json', JSON.stringify({ version: '4', alerts }));
interface Trial {
  readonly alert: string;
  readonly state: string;
  readonly because: string;
  readonly [more: string]: unknown;
}
const tried = async (...alerts: object[]): Promise<Trial[]> => {
  printed.text = '';
  expect([await main(['alerts', 'test', payload(...alerts), '--routes', routes, '--source', 'am', '--json']), printed.text]).toEqual([
    0,
    expect.any(String),
  ]);
  return (JSON.parse(printed.text) as { alerts: Trial[] }).alerts;
};

describe('test', () => {
  it('shows route, target, typed input, risk and gate', async () => {
    expect(await tried(alert('ConnectionsHigh', { want: '30' }))).toEqual([
      {
        alert: 'ConnectionsHigh',
        status: 'firing',
        state: 'started',
        because: 'started a run',
        route: 'connections',
        runbook: 'relieveConnectionExhaustion',
        target: 'orders-eu',
        input: { freeSlots: 30, maxSessions: 5 },
        risk: 'disruptive',
        gate: 'before the first change',
        run: expect.stringMatching(/^relieveConnectionExhaustion\/orders-eu\/alert-[0-9a-f]{12}$/),
      },
    ]);
    expect(await tried(alert('Lag', { bytes: '5' }))).toMatchObject([{ input: { maxLagBytes: 5 }, risk: 'read-only', gate: 'none needed' }]);
    expect(await tried(alert('Other', { severity: 'critical' }))).toMatchObject([
      { route: 'incident', runbook: 'respondToP1', input: { kind: 'connections', startsAt: '2026-03-11T02:14:00.000Z' } },
    ]);
  });

  it('says why something starts nothing', async () => {
    const trials = await tried(
      alert('ConnectionsHigh', { want: 'many' }),
      alert('ConnectionsHigh', { target: 'billing-eu' }),
      alert('ConnectionsHigh', { target: 'nowhere' }),
      alert('Unheard'),
      alert('Watchdog'),
      alert('Lag', {}, { status: 'resolved' }),
    );
    expect(trials.map(({ state, because }) => [state, because])).toEqual([
      ['unroutable', expect.stringContaining('"many" is no whole number')],
      ['unroutable', 'route connections: the source am may not name the target billing-eu'],
      ['unroutable', 'route connections: targets.yaml has no target "nowhere"'],
      ['unroutable', 'no route matches'],
      ['watchdog', expect.stringContaining('am is alive')],
      ['dropped', 'it had resolved before anything began'],
    ]);
  });

  it('alerts of one payload that belong together join one run', async () => {
    const trials = await tried(alert('ConnectionsHigh', { pod: 'a' }), alert('Lag'));
    expect(trials.map(({ state }) => state)).toEqual(['started', 'joined']);
    expect(trials[1]?.['run']).toBe(trials[0]?.['run']);
  });

  it('is readable, and what an alert says moves no cursor', async () => {
    expect(await main(['alerts', 'test', payload(alert('ConnectionsHigh'), alert('Odd\u001b[2J\nname')), '--routes', routes, '--source', 'am'])).toBe(
      0,
    );
    expect(printed.text).toContain('ConnectionsHigh (firing) starts a run\n    route    connections\n');
    expect(printed.text).toContain('runbook  relieveConnectionExhaustion, risk disruptive, gate: before the first change');
    expect(printed.text).toContain('Odd�[2J name (firing) starts nothing: no route matches');
    expect(printed.text).toContain('Nothing was started.');
  });

  it('refuses a payload of another kind, an unclear source and a missing file', async () => {
    const wrong = file('wrong.json', '{"version":"3"}');
    expect(await main(['alerts', 'test', wrong, '--routes', routes, '--source', 'am'])).toBe(2);
    expect(printed.text).toContain('The payload is none of am (alertmanager): version');
    expect(await main(['alerts', 'test', wrong, '--routes', routes])).toBe(2);
    expect(printed.text).toContain('--source am or --source scripts');
    expect(await main(['alerts', 'test', wrong, '--routes', routes, '--source', 'scrips'])).toBe(2);
    expect(printed.text).toContain('Did you mean scripts?');
    expect(await main(['alerts', 'test', join(folder, 'missing'), '--routes', routes, '--source', 'am'])).toBe(2);
    expect(printed.text).toContain('cannot be read');
  });
});

describe('check', () => {
  it('shows what leads to what; secrets that are missing here are only noted, and none is shown', async () => {
    expect(await main(['alerts', 'check', '--routes', routes])).toBe(0);
    expect(printed.text).toContain('routes.yaml is right.');
    expect(printed.text).toMatch(
      /connections +any source +alertname=ConnectionsHigh +label target +relieveConnectionExhaustion \(disruptive, gated\)/,
    );
    expect(printed.text).toContain('sources.scripts: The environment variable CLI_ALERTS_NOT_SET');
    expect(printed.text).toContain('RUNBOOKS_NOTIFY is not set here');
    expect(printed.text).not.toContain('that-is-a-secret');
  });

  it('lists every problem, also as JSON, and fails', async () => {
    process.env['CLI_ALERTS_SHORT'] = 'short';
    const text = ROUTES.replace('targets: [orders-eu]', 'targets: [order-eu]')
      .replace('CLI_ALERTS_NOT_SET', 'CLI_ALERTS_SHORT')
      .replace('maxSessions: 5', 'maxSessions: five, maxSessionss: 5')
      .replace('runbook: checkReplication', 'runbook: checkReplicatio');
    const wrong = file('wrong.yaml', text);
    expect(await main(['alerts', 'check', '--routes', wrong, '--json'])).toBe(2);
    const { problems } = JSON.parse(printed.text) as { problems: string[] };
    expect(problems).toEqual([
      expect.stringContaining('sources.am.targets: targets.yaml has no target order-eu. Did you mean orders-eu?'),
      'routes.connections.input.maxSessions: Invalid input: expected number, received string',
      expect.stringContaining('routes.connections.input.maxSessionss: relieveConnectionExhaustion takes no such input'),
      expect.stringContaining('routes.lag.runbook: no runbook is named checkReplicatio'),
      expect.stringContaining('sources.scripts: A secret of routes.yaml has fewer than 16 characters'),
    ]);
    printed.text = '';
    expect(await main(['alerts', 'check', '--routes', wrong])).toBe(2);
    expect(printed.text.split('\n').filter((line) => line.startsWith('  '))).toHaveLength(5);
  });

  it('lists the problems of the files themselves', async () => {
    const wrong = file('wrong.yaml', 'sources: {}\nroutes: []\nsurprise: 1\n');
    process.env['RUNBOOKS_TARGETS'] = join(folder, 'none.yaml');
    expect(await main(['alerts', 'check', '--routes', wrong, '--json'])).toBe(2);
    process.env['RUNBOOKS_TARGETS'] = targets;
    const { problems } = JSON.parse(printed.text) as { problems: string[] };
    expect(problems).toEqual([expect.stringContaining('routes: '), expect.stringContaining('surprise'), expect.stringContaining('none.yaml')]);
    expect(await main(['alerts', 'check', '--routes', join(folder, 'no-such-file')])).toBe(2);
    expect(printed.text).toContain('Copy routes.example.yaml');
  });

  it('says whether somebody would be told', async () => {
    process.env['RUNBOOKS_NOTIFY'] = file(
      'notify.yaml',
      'channels: { chat: { by: webhook, url: "https://desk.example/x", secrets: [{ env: CLI_ALERTS_TOKEN }] } }\nrecipients: { "DBA team": [chat] }\n',
    );
    expect(await main(['alerts', 'check', '--routes', routes])).toBe(0);
    delete process.env['RUNBOOKS_NOTIFY'];
    expect(printed.text).toContain('no recipient "on-call engineer" and no "everyone", so nobody would be told');
  });
});

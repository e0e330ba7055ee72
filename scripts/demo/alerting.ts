import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { freePort } from '../parts/free-port';
import { missingForMonitoring, startMonitoring } from '../parts/monitoring';
import type { PostgresPart } from '../parts/postgres-server';
import { startSlackServer, type SlackServer } from '../parts/slack-server';
import { startProgram, stopProgram } from './node-program';

const TOKEN = 'demo-alertmanager-token';
const CHAT_TOKEN = 'xoxb-demo-token';

/** The demo's way in for alerts and its way out for messages. */
export interface Alerting {
  /** Where Alertmanager delivers. */
  readonly webhook: string;
  /** What the team's chat shows; a server that speaks Slack's API stands for it. */
  readonly chat: SlackServer;
  readonly variables: Record<string, string>;
}

/** Writes routes.yaml and notify.yaml of the demo and starts the chat; the gateway itself is started by `startGateway`. */
export async function prepareAlerting(folder: string, uiUrl: string | undefined, namespace: string): Promise<Alerting> {
  const chat = await startSlackServer({ token: CHAT_TOKEN, channels: ['incidents'] });
  const routes = {
    sources: {
      alertmanager: {
        kind: 'alertmanager',
        authentication: { by: 'bearer', tokens: [{ env: 'ALERTMANAGER_TOKEN' }] },
        targets: ['orders-eu'],
        watchdog: {},
      },
    },
    routes: [
      {
        name: 'connections',
        match: { alertname: 'ConnectionsNearLimit' },
        runbook: 'respondToP1',
        identity: ['alertname', 'target'],
        input: {
          kind: 'connections',
          impact: { annotation: 'summary' },
          startsAt: { alert: 'startsAt' },
          lookEvery: '2 seconds',
          watchFor: '5 seconds',
        },
      },
    ],
  };
  const notify = {
    ...(uiUrl ? { ui: uiUrl } : {}),
    namespace,
    channels: { chat: { by: 'slack', token: { env: 'DEMO_CHAT_TOKEN' }, channel: 'incidents', url: chat.url } },
    recipients: { 'on-call engineer': ['chat'], 'DBA team': ['chat'], stakeholders: ['chat'] },
    everyone: 'stakeholders',
  };
  writeFileSync(join(folder, 'routes.yaml'), stringify(routes));
  writeFileSync(join(folder, 'notify.yaml'), stringify(notify));
  const port = await freePort();
  return {
    webhook: `http://127.0.0.1:${port}/webhooks/alertmanager`,
    chat,
    variables: {
      RUNBOOKS_ROUTES: join(folder, 'routes.yaml'),
      RUNBOOKS_NOTIFY: join(folder, 'notify.yaml'),
      RUNBOOKS_GATEWAY_PORT: String(port),
      ALERTMANAGER_TOKEN: TOKEN,
      DEMO_CHAT_TOKEN: CHAT_TOKEN,
    },
  };
}

/** Starts the gateway as a process of its own; returns how to stop it. */
export async function startGateway(variables: Record<string, string>): Promise<() => Promise<void>> {
  const gateway = await startProgram('workers/gateway/main', variables);
  return () => stopProgram(gateway);
}

/** Watches orders-eu with real programs where they are installed; else says which packages are missing and plays the alert itself. */
export async function watchOrders(folder: string, orders: PostgresPart, webhook: string, say: (line: string) => void): Promise<() => Promise<void>> {
  const missing = missingForMonitoring();
  if (!missing.length) {
    const target = { name: 'orders-eu', url: orders.url('orders') };
    const rules = { only: ['Watchdog', 'ConnectionsNearLimit'], for: '1s' };
    const monitoring = await startMonitoring({ folder: join(folder, 'monitoring'), target, webhook: { url: webhook, bearer: TOKEN }, rules });
    say(`Prometheus ${monitoring.prometheusUrl} and Alertmanager ${monitoring.alertmanagerUrl} look at orders-eu every 2 seconds`);
    return () => monitoring.stop();
  }
  say(`${missing.join(', ')} not found, so the demo delivers the alert itself, in Alertmanager's own format`);
  const startsAt = new Date().toISOString();
  await deliver(webhook, 'firing', startsAt);
  return () => deliver(webhook, 'resolved', startsAt);
}

async function deliver(webhook: string, status: 'firing' | 'resolved', startsAt: string): Promise<void> {
  const labels = { alertname: 'ConnectionsNearLimit', target: 'orders-eu', severity: 'warning' };
  const alert = {
    status,
    labels,
    annotations: { summary: 'more than 80 % of the connection slots of orders-eu are used' },
    startsAt,
    endsAt: '0001-01-01T00:00:00Z',
  };
  const response = await fetch(webhook, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${TOKEN}` },
    body: JSON.stringify({ version: '4', alerts: [alert] }),
  });
  if (response.status !== 202) throw new Error(`The gateway answered ${response.status}: ${await response.text()}`);
}

import { setTimeout as sleep } from 'node:timers/promises';
import { parse } from 'yaml';
import { ControlDatabase } from '../../activities/control/database';
import { makeGateway, type Gateway } from '../../workers/gateway/gateway';
import { RoutesFile, type RoutesConfig } from '../../workers/alerts/routes-config';
import { readCatalogue } from '../../workers/catalogue/catalogue';
import type { Notification } from '../../workflows/contracts/notification';
import { TEST_ENTRIES } from './test-entries';
import { startWorld, type World, type WorldOptions } from './world';

export const TOKEN = 'a-token-for-tests-only';

/** A world with a gateway in front of it, on a clock that a test can move. */
export interface GatewayWorld extends World {
  readonly gateway: Gateway;
  readonly url: string;
  readonly told: Notification[];
  readonly logged: string[];
  /** Adds to the gateway's clock, in milliseconds. */
  skip(ms: number): void;
  /** While it is down no channel takes a message. */
  readonly channels: { down: boolean };
  deliver(body: unknown, headers?: Record<string, string>, source?: string): Promise<{ status: number; body: unknown }>;
  /** A gateway over the same inbox, as after a restart. */
  another(): Gateway;
}

export const ROUTES = `
sources:
  am: { kind: alertmanager, authentication: { by: bearer, tokens: [{ env: RB_TEST_TOKEN }] }, targets: all, watchdog: { within: '10 minutes' } }
  scripts: { kind: json, authentication: { by: hmac, secrets: [{ env: RB_TEST_SECRET }] }, targets: [shop] }
routes:
  - { name: restock, match: { alertname: ShelfEmpty }, runbook: restock, input: { apples: { label: apples }, pears: 12 }, identity: [alertname, target, shelf] }
  - { name: look, match: { alertname: [ShelfLow, ShelfOdd] }, runbook: lookOnly }
limits: { coolDown: '15 minutes' }
`;

export async function startGatewayWorld(options: WorldOptions & { readonly routes?: string; readonly sendMs?: number } = {}): Promise<GatewayWorld> {
  process.env['RB_TEST_TOKEN'] = TOKEN;
  process.env['RB_TEST_SECRET'] = TOKEN;
  const world = await startWorld(options);
  const storeUrl = `postgresql://rb_gateway:gateway@127.0.0.1:${world.postgres.port}/postgres`;
  const control = new ControlDatabase({ url: `postgresql://rb_journal:journal@127.0.0.1:${world.postgres.port}/postgres`, gatewayUrl: storeUrl });
  await control.migrate(world.postgres.url('postgres'));
  await control.close();
  const config: RoutesConfig = RoutesFile.parse(parse(options.routes ?? ROUTES));
  let ahead = 0;
  const told: Notification[] = [];
  const logged: string[] = [];
  const channels = { down: false };
  const make = (): Gateway =>
    makeGateway({
      config,
      path: 'routes.yaml',
      catalogue: [...readCatalogue(), ...TEST_ENTRIES],
      targets: world.registry.names,
      storeUrl,
      client: world.client,
      taskQueue: world.taskQueue,
      send: async (notification) => {
        told.push(notification);
        await sleep(options.sendMs ?? 0);
        return channels.down
          ? { by: null, repeat: false, failed: [{ channel: 'test', because: 'it is down' }] }
          : { by: 'test', repeat: false, failed: [] };
      },
      log: (message) => logged.push(message),
      now: () => Date.now() + ahead,
    });
  const gateway = make();
  const url = await gateway.server.listen({ host: '127.0.0.1', port: 0 });
  return {
    ...world,
    gateway,
    url,
    told,
    logged,
    channels,
    skip: (ms) => void (ahead += ms),
    another: make,
    deliver: async (body, headers = { authorization: `Bearer ${TOKEN}` }, source = 'am') => {
      const response = await fetch(`${url}/webhooks/${source}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body),
      });
      const text = await response.text();
      return { status: response.status, body: text.startsWith('{') ? JSON.parse(text) : text };
    },
    stop: async () => {
      await gateway.stop();
      await world.stop();
    },
  };
}

/** A delivery as Alertmanager sends it. Source: payload version 4. */
export function payload(...alerts: { alertname: string; status?: 'firing' | 'resolved'; startsAt?: string; labels?: Record<string, string> }[]) {
  return {
    version: '4',
    groupKey: '{}:{}',
    status: 'firing',
    receiver: 'runbooks',
    alerts: alerts.map(({ alertname, status = 'firing', startsAt = '2026-11-21T10:00:00.000Z', labels = {} }) => ({
      status,
      labels: { alertname, target: 'shop', ...labels },
      annotations: { summary: `${alertname} it is` },
      startsAt,
      endsAt: status === 'resolved' ? '2026-11-21T10:05:00.000Z' : '0001-01-01T00:00:00Z',
      generatorURL: 'http://prometheus.example/graph',
      fingerprint: '0123456789abcdef',
    })),
  };
}

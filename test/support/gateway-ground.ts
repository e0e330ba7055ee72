import { Client } from 'pg';
import { ControlDatabase } from '../../activities/control/database';
import { freePort } from '../../scripts/parts/free-port';
import { makeDoor, type Door } from './door';
import type { GatewayOrders } from './gateway-entry';
import { payload, TOKEN } from './gateway-world';
import { sharedTemporal } from './shared';
import { startWorld, type World } from './world';

export interface Answer {
  /** 0 when the connection broke. */
  readonly status: number;
  readonly retryAfter: string | null;
  readonly ms: number;
}

/** What a gateway process stands on: a world with a worker, an inbox, and a door in front of Temporal and of the inbox. */
export interface GatewayGround {
  readonly world: World;
  readonly temporal: Door;
  readonly database: Door;
  readonly orders: GatewayOrders;
  /** Sends an alert for each of the targets. */
  post(body: string): Promise<Answer>;
  /** The targets of the runs in the inbox for which this is so. */
  asked(where: string): Promise<string[]>;
  /** A superuser's connection to the inbox. */
  readonly inbox: Client;
  stop(): Promise<void>;
}

const ROUTES = `
sources: { am: { kind: alertmanager, authentication: { by: bearer, tokens: [{ env: RB_TEST_TOKEN }] }, targets: all } }
routes: [{ name: look, match: { alertname: ShelfLow }, runbook: lookOnly }]
limits: { startsPerHour: 1000, massTargets: 100000 }
`;

/** Lays the ground for gateway processes, with these targets and storm rules that hold nothing. */
export async function layGatewayGround(targets: readonly string[]): Promise<GatewayGround> {
  process.env['RB_TEST_TOKEN'] = TOKEN;
  const world = await startWorld({ aliases: targets, settings: { max_connections: 500 } });
  const url = (login: string, port: number): string => `postgresql://${login}@127.0.0.1:${port}/postgres`;
  const { port } = world.postgres;
  const control = new ControlDatabase({ url: url('rb_journal:journal', port), gatewayUrl: url('rb_gateway:gateway', port) });
  await control.migrate(world.postgres.url('postgres'));
  await control.close();
  const temporal = await makeDoor(Number((await sharedTemporal()).split(':').at(-1)));
  const database = await makeDoor(port);
  const inbox = new Client(world.postgres.url('postgres'));
  await inbox.connect();
  const orders: GatewayOrders = {
    address: `127.0.0.1:${temporal.port}`,
    namespace: world.namespace,
    taskQueue: world.taskQueue,
    routes: ROUTES,
    targets,
    storeUrl: url('rb_gateway:gateway', database.port),
    port: await freePort(),
    kill: null,
  };
  return {
    world,
    temporal,
    database,
    orders,
    inbox,
    post: (body) => post(`http://127.0.0.1:${orders.port}/webhooks/am`, body),
    asked: async (where) =>
      (await inbox.query<{ target: string }>(`select target from runbooks_control.alert_run where ${where} order by target`)).rows.map(
        ({ target }) => target,
      ),
    stop: async () => {
      await inbox.end();
      await temporal.shut();
      await database.shut();
      await world.stop();
    },
  };
}

export const bodyFor = (...targets: readonly string[]): string =>
  JSON.stringify(payload(...targets.map((target) => ({ alertname: 'ShelfLow', labels: { target } }))));

async function post(url: string, body: string): Promise<Answer> {
  const began = performance.now();
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${TOKEN}` };
  const answer = await fetch(url, { method: 'POST', headers, body }).catch(() => null);
  await answer?.arrayBuffer().catch(() => undefined);
  return { status: answer?.status ?? 0, retryAfter: answer?.headers.get('retry-after') ?? null, ms: performance.now() - began };
}

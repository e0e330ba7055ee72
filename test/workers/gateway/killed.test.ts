import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { ControlDatabase } from '../../../activities/control/database';
import { freePort } from '../../../scripts/parts/free-port';
import { pollUntil } from '../../../scripts/parts/poll-until';
import { makeDoor, type Door } from '../../support/door';
import { KILL_POINTS, type GatewayKill, type GatewayOrders } from '../../support/gateway-entry';
import { loadGatewayProcess, type GatewayProcess } from '../../support/gateway-process';
import { payload, TOKEN } from '../../support/gateway-world';
import { shared } from '../../support/shared';
import { startWorld, type World } from '../../support/world';

const KILLS = Number(process.env['GATEWAY_KILLS'] ?? 200);
const MOST = KILLS * 4;
const SENDERS = 3;
const targets = Array.from({ length: MOST + 20 }, (_, i) => `k${i}`);
const ROUTES = `
sources: { am: { kind: alertmanager, authentication: { by: bearer, tokens: [{ env: RB_TEST_TOKEN }] }, targets: all } }
routes: [{ name: look, match: { alertname: ShelfLow }, runbook: lookOnly }]
limits: { startsPerHour: 1000, massTargets: 100000 }
`;

let world: World;
let temporal: Door;
let database: Door;
let orders: GatewayOrders;
let inbox: Client;
beforeAll(async () => {
  process.env['RB_TEST_TOKEN'] = TOKEN;
  world = await startWorld({ aliases: targets });
  const url = (port: number): string => `postgresql://rb_gateway:gateway@127.0.0.1:${port}/postgres`;
  const control = new ControlDatabase({
    url: `postgresql://rb_journal:journal@127.0.0.1:${world.postgres.port}/postgres`,
    gatewayUrl: url(world.postgres.port),
  });
  await control.migrate(world.postgres.url('postgres'));
  await control.close();
  temporal = await makeDoor(Number(shared().address.split(':').at(-1)));
  database = await makeDoor(world.postgres.port);
  inbox = new Client(world.postgres.url('postgres'));
  await inbox.connect();
  orders = {
    address: `127.0.0.1:${temporal.port}`,
    namespace: world.namespace,
    taskQueue: world.taskQueue,
    routes: ROUTES,
    targets,
    storeUrl: url(database.port),
    port: await freePort(),
    kill: null,
  };
});
afterAll(async () => {
  await inbox.end();
  await temporal.shut();
  await database.shut();
  await world.stop();
});

const bodyFor = (...names: readonly string[]): string =>
  JSON.stringify(payload(...names.map((target) => ({ alertname: 'ShelfLow', labels: { target } }))));

interface Answer {
  readonly status: number;
  readonly retryAfter: string | null;
  readonly ms: number;
}
/** One delivery; status 0 when the connection broke. */
async function post(body: string): Promise<Answer> {
  const began = performance.now();
  const answer = await fetch(`http://127.0.0.1:${orders.port}/webhooks/am`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${TOKEN}` },
    body,
  }).catch(() => null);
  await answer?.arrayBuffer().catch(() => undefined);
  return { status: answer?.status ?? 0, retryAfter: answer?.headers.get('retry-after') ?? null, ms: performance.now() - began };
}

/** How many runs Temporal has for each target, ended ones too. */
async function runsByTarget(): Promise<Map<string, number>> {
  const runs = new Map<string, number>();
  for await (const { workflowId } of world.client.workflow.list({ query: `WorkflowType = 'lookOnly'` })) {
    const target = workflowId.split('/')[1] ?? '';
    runs.set(target, (runs.get(target) ?? 0) + 1);
  }
  return runs;
}
const asked = async (where: string): Promise<string[]> =>
  (await inbox.query<{ target: string }>(`select target from runbooks_control.alert_run where ${where} order by target`)).rows.map(
    ({ target }) => target,
  );

test(`a gateway that is killed ${KILLS} times loses no episode and starts none twice`, async () => {
  const senders = new Senders();
  const sending = senders.send();
  const died: Record<string, number> = {};
  const began = Date.now();
  let next = loadGatewayProcess();
  for (let i = 0; i < KILLS; i++) {
    const process = next;
    const kill: GatewayKill = { at: KILL_POINTS[i % KILL_POINTS.length] ?? 'committed', nth: 1 + Math.floor(Math.random() * 3) };
    await process.serve({ ...orders, kill });
    next = loadGatewayProcess();
    const how = await Promise.race([process.ended, sleep(20_000).then(() => 'never')]);
    if (how !== 'SIGKILL') throw new Error(`Kill ${i} (${kill.at}, ${kill.nth}): the gateway ended with ${how}.`);
    died[kill.at] = (died[kill.at] ?? 0) + 1;
  }
  const seconds = (Date.now() - began) / 1_000;
  await next.serve(orders);
  senders.enough();
  await sending;
  // The sweep takes up what nobody sent again.
  expect(await pollUntil(async () => (await asked('accepted_at is null')).length === 0, 20_000, 200)).toBe(true);
  const everyRun = await pollUntil(
    async () => {
      const runs = await runsByTarget();
      return runs.size === (await asked('true')).length && runs;
    },
    20_000,
    500,
  );
  await next.kill();

  const inInbox = await asked('true');
  expect(new Set(inInbox).size).toBe(inInbox.length);
  expect([...(everyRun ?? new Map<string, number>()).keys()].sort()).toEqual(inInbox);
  expect([...(everyRun ?? new Map<string, number>()).entries()].filter(([, runs]) => runs !== 1)).toEqual([]);
  expect(senders.accepted.filter(({ names }) => names.some((name) => !inInbox.includes(name)))).toEqual([]);
  const { rows } = await inbox.query<{ key: string }>('select key from runbooks_control.alert_delivery where answered_at is not null');
  const answered = new Set(rows.map(({ key }) => key));
  expect(senders.accepted.filter(({ key }) => !answered.has(key))).toEqual([]);
  process.stdout.write(
    `killed ${KILLS} times in ${seconds.toFixed(0)} s (${JSON.stringify(died)}): ${inInbox.length} episodes, ${senders.accepted.length} deliveries accepted, ` +
      `${senders.failed} attempts failed, ${senders.givenUp} given up by their sender\n`,
  );
}, 400_000);

/** Sends like Alertmanager: what is refused with 5xx or breaks off is sent again, what is accepted is not. A few are given up, as after its context ends. */
class Senders {
  readonly accepted: { names: readonly string[]; key: string }[] = [];
  failed = 0;
  givenUp = 0;
  private used = 0;
  private more = true;

  enough(): void {
    this.more = false;
  }

  async send(): Promise<void> {
    await Promise.all(Array.from({ length: SENDERS }, () => this.sender()));
  }

  private async sender(): Promise<void> {
    while (this.more) {
      const known = this.accepted[Math.floor(Math.random() * this.accepted.length)];
      const repeats = known && (Math.random() < 0.4 || this.used >= MOST - 3);
      const names = repeats ? known.names : targets.slice(this.used, (this.used += 1 + Math.floor(Math.random() * 2)));
      const patient = Math.random() < 0.9;
      const body = bodyFor(...names);
      for (;;) {
        const { status } = await post(body);
        if (status === 202) {
          this.accepted.push({ names, key: createHash('sha256').update(body).digest('hex') });
          break;
        }
        if (status !== 0 && status !== 503) throw new Error(`The gateway answered ${status}.`);
        this.failed++;
        if (!patient && this.more) {
          this.givenUp++;
          break;
        }
        await sleep(20);
      }
      await sleep(10);
    }
  }
}

describe('what the gateway stands on is away', () => {
  let gateway: GatewayProcess;
  beforeAll(async () => {
    gateway = loadGatewayProcess();
    await gateway.serve(orders);
  });
  afterAll(() => gateway.kill());

  test('Temporal away: 503 with Retry-After; when it is back the run is there within 10 seconds though nobody sends again', async () => {
    const target = targets[MOST + 1] ?? '';
    await temporal.shut();
    const answer = await post(bodyFor(target));
    expect(answer).toMatchObject({ status: 503, retryAfter: '5' });
    expect(answer.ms).toBeLessThan(5_000);
    // Long enough for gRPC to have become slow in trying.
    await sleep(25_000);
    await temporal.open();
    const back = Date.now();
    expect(await pollUntil(async () => (await asked(`target = '${target}' and accepted_at is not null`)).length === 1, 15_000, 50)).toBe(true);
    const took = Date.now() - back;
    process.stdout.write(`Temporal away for 25 s: 503 after ${answer.ms.toFixed(0)} ms, the run ${took} ms after its return\n`);
    expect(took).toBeLessThan(10_000);
  });

  test('the control database away: 503 with Retry-After, and what is sent again is taken', async () => {
    const target = targets[MOST + 2] ?? '';
    await database.shut();
    const answer = await post(bodyFor(target));
    expect(answer).toMatchObject({ status: 503, retryAfter: '5' });
    expect(answer.ms).toBeLessThan(5_000);
    expect((await fetch(`http://127.0.0.1:${orders.port}/healthz`)).status).toBe(503);
    await database.open();
    expect(await pollUntil(async () => (await post(bodyFor(target))).status === 202, 5_000, 100)).toBe(true);
    expect(await asked(`target = '${target}' and accepted_at is not null`)).toEqual([target]);
  });
});

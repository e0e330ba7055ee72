import { Client } from 'pg';
import { ingest, endRun, evaluateHeld, type RoutedAlert } from '../../../workers/alerts/ingest';
import type { Limits } from '../../../workers/alerts/inbox';
import { InboxStore } from '../../../workers/gateway/inbox-store';
import { pollUntil } from '../../../scripts/parts/poll-until';
import { payload, startGatewayWorld, type GatewayWorld } from '../../support/gateway-world';
import { HOUR, LIMITS, MINUTE, routedAlertOf } from '../../support/inbox-model';

const MANY = 250;
let world: GatewayWorld;
let admin: Client;
let store: InboxStore;
beforeAll(async () => {
  // Each alias keeps sessions of its own for a while, all of them on one server.
  world = await startGatewayWorld({ aliases: Array.from({ length: MANY }, (_, i) => `m${i}`), settings: { max_connections: 4 * MANY } });
  admin = new Client(world.postgres.url('postgres'));
  await admin.connect();
  store = new InboxStore(`postgresql://rb_gateway:gateway@127.0.0.1:${world.postgres.port}/postgres`);
});
afterAll(async () => {
  await store.close();
  await admin.end();
  await world.stop();
});

const count = async (from: string, ...values: unknown[]): Promise<number> =>
  Number((await admin.query<{ n: string }>(`select count(*) as n from runbooks_control.${from}`, values)).rows[0]?.n);

describe('what no text and no number may do', () => {
  test('texts that PostgreSQL cannot store as they are stop neither their own delivery nor those beside it', async () => {
    const summary = `${'x'.repeat(499 - 'ShelfOdd on m0: '.length)}\u{1F525}\u{1F525}`;
    const bad = [{ zero: 'a\0b' }, { half: '\ud800' }, { other: '\udfff x' }].map((labels) => payload({ alertname: 'ShelfOdd', labels }));
    const cut = payload({ alertname: 'ShelfOdd', labels: { long: 'yes' } });
    const [alert] = cut.alerts;
    if (alert) alert.annotations = { summary };
    const good = payload({ alertname: 'ShelfLow', labels: { target: 'm1' } });
    const answers = await Promise.all([...bad, cut, good].map((body) => world.deliver(body)));
    expect(answers.map(({ status }) => status)).toEqual([202, 202, 202, 202, 202]);
  });

  test.each([1e20, -1, 1.5, 3_000_000_000])('a count of truncated alerts of %d is no reason to lose those that came', async (truncatedAlerts) => {
    expect(await world.deliver({ ...payload({ alertname: 'ShelfOdd' }), truncatedAlerts })).toMatchObject({ status: 202, body: { truncated: 0 } });
  });
});

describe('what is accepted is in Temporal', () => {
  test(`a delivery that asks for ${MANY} runs is answered when Temporal has all of them`, async () => {
    const targets = Array.from({ length: MANY }, (_, i) => `m${i}`);
    const body = payload(...targets.map((target) => ({ alertname: 'ShelfLow', startsAt: '2026-11-21T16:00:00Z', labels: { target } })));
    let answer = await world.deliver(body);
    for (let again = 0; answer.status === 503 && again < 5; again++) answer = await world.deliver(body);
    expect(answer.status).toBe(202);
    expect(await count('alert_run where target = any($1)', targets)).toBe(MANY);
    expect(await count('alert_run where target = any($1) and accepted_at is null', targets)).toBe(0);
  });

  test('a run that Temporal has not confirmed is not told anything yet: it would pass for one that had ended', async () => {
    const now = Date.now();
    const seen = (firing: number): RoutedAlert => ({
      ...routedAlertOf({ problem: 0, firing, status: 'firing' }),
      target: 'waiting',
      runbook: 'look',
    });
    const { inbox, id } = await change([seen(1)], now);
    await change([seen(2)], now + 1);
    expect(inbox.runs.size).toBe(1);
    expect(await store.untold(['joined'], [id])).toEqual([]);
    await store.accepted(id, now + 2);
    expect(await store.untold(['joined'], [id])).toMatchObject([{ kind: 'joined', workflowId: id }]);
    await admin.query('update runbooks_control.alert_run set ended_at = $2 where workflow_id = $1', [id, now]);
  });
});

describe('a connection that breaks', () => {
  test('in the middle of a decision fails this delivery and nothing else', async () => {
    await admin.query('select pg_advisory_lock(7238, 2)');
    const answer = world.deliver(payload({ alertname: 'ShelfOdd', startsAt: '2026-11-21T18:00:00Z' }));
    const waiting = `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'rb:gateway' and wait_event = 'advisory'`;
    expect(await pollUntil(async () => ((await admin.query(waiting)).rowCount ?? 0) > 0, 5_000)).toBe(true);
    expect((await answer).status).toBe(503);
    await admin.query('select pg_advisory_unlock(7238, 2)');
    expect((await world.deliver(payload({ alertname: 'ShelfOdd', startsAt: '2026-11-21T18:00:00Z' }))).status).toBe(202);
  });
});

describe('what fires for days', () => {
  test('each attempt is a run of its own: no id is given twice', async () => {
    const steady: RoutedAlert = { ...routedAlertOf({ problem: 1, firing: 1, status: 'firing' }), target: 'steady', runbook: 'look' };
    const scope = { keys: [steady.key], identities: [steady.identity], targets: [steady.target] };
    const began = Date.now();
    const asked: string[] = [];
    for (let now = began; now < began + 20 * HOUR; now += 20 * MINUTE) {
      const inbox = await store.change(scope, [], LIMITS, now, (open) => {
        ingest(open, steady, LIMITS, now);
        evaluateHeld(open, LIMITS, now);
      });
      const live = inbox.liveRuns(steady.target)[0];
      if (!live) continue;
      asked.push(live.workflowId);
      await store.accepted(live.workflowId, now);
      await store.change(scope, [], LIMITS, now, (open) => endRun(open, live.workflowId, 'done', now));
    }
    expect(asked.length).toBeGreaterThan(40);
    expect(new Set(asked).size).toBe(asked.length);
    expect(await count(`alert_run where target = 'steady' and ended_at is not null`)).toBe(asked.length);
  });

  test('an older firing that was passed over is forgotten with the rest', async () => {
    const now = Date.now();
    const seen = (firing: number): RoutedAlert => ({ ...routedAlertOf({ problem: 2, firing, status: 'firing' }), target: 'old', runbook: 'look' });
    await change([seen(2), seen(1)], now - 40 * 24 * HOUR);
    expect(await count(`alert_episode where target = 'old' and state = 'stale'`)).toBe(1);
    await store.forgetOld(now);
    expect(await count(`alert_episode where target = 'old' and state = 'stale'`)).toBe(0);
    await admin.query(`update runbooks_control.alert_run set ended_at = $1 where target = 'old'`, [now]);
  });
});

async function change(seen: readonly RoutedAlert[], now: number, limits: Limits = LIMITS) {
  const scope = { keys: seen.map(({ key }) => key), identities: seen.map(({ identity }) => identity), targets: seen.map(({ target }) => target) };
  const inbox = await store.change(scope, [], limits, now, (open) => seen.forEach((one) => ingest(open, one, limits, now)));
  return { inbox, id: [...inbox.runs.keys()][0] ?? '' };
}

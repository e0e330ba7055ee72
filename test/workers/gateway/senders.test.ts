import { createHmac } from 'node:crypto';
import { RoutesFile } from '../../../workers/alerts/routes-config';
import { TOKEN, startGatewayWorld, type GatewayWorld } from '../../support/gateway-world';

const HOOK = `whsec_${Buffer.from('a secret of tests only, and long enough').toString('base64')}`;
const ROUTES = `
sources:
  grafana: { kind: grafana, authentication: { by: grafana, secrets: [{ env: RB_TEST_SECRET }] }, targets: [shop] }
  pager: { kind: pagerduty, authentication: { by: pagerduty, secrets: [{ env: RB_TEST_SECRET }] }, targets: [shop] }
  desk: { kind: standard-webhooks, authentication: { by: standard-webhooks, secrets: [{ env: RB_TEST_HOOK }] }, targets: [shop] }
routes:
  - { name: grafana, from: [grafana], match: { alertname: Slots }, target: shop, runbook: lookOnly }
  - { name: pager, from: [pager], match: { service: Shop database }, target: shop, runbook: lookOnly }
  - { name: desk, from: [desk], match: { alertname: disk.full }, runbook: lookOnly }
`;

let world: GatewayWorld;
beforeAll(async () => {
  process.env['RB_TEST_HOOK'] = HOOK;
  world = await startGatewayWorld({ routes: ROUTES });
});
afterAll(() => world.stop());

const now = (): number => Math.floor(Date.now() / 1_000);
const hex = (text: string): string => createHmac('sha256', TOKEN).update(text).digest('hex');
const grafana = (body: string, at = now()) => ({ 'x-grafana-alerting-timestamp': String(at), 'x-grafana-alerting-signature': hex(`${at}:${body}`) });
const standard = (body: string, id: string, at = now()) => ({
  'webhook-id': id,
  'webhook-timestamp': String(at),
  'webhook-signature': `v1,${createHmac('sha256', Buffer.from(HOOK.slice(6), 'base64'))
    .update(`${id}.${at}.${body}`)
    .digest('base64')}`,
});
const fates = (answer: { body: unknown }) => (answer.body as { alerts: { state: string; because: string }[] }).alerts;

test('Grafana: timestamp and body joined by a colon', async () => {
  const alert = {
    status: 'firing',
    labels: { alertname: 'Slots' },
    annotations: {},
    startsAt: '2026-11-21T10:00:00Z',
    endsAt: '0001-01-01T00:00:00Z',
  };
  const body = JSON.stringify({
    receiver: 'r',
    status: 'firing',
    orgId: 1,
    version: '1',
    groupKey: 'g',
    alerts: [alert],
    title: 't',
    state: 'alerting',
  });
  const taken = await world.deliver(body, grafana(body), 'grafana');
  expect([taken.status, fates(taken)[0]?.state]).toEqual([202, 'started']);
  expect((await world.deliver(body, grafana(body, now() - 301), 'grafana')).status).toBe(401);
  expect((await world.deliver(body, { 'x-grafana-alerting-signature': hex(body) }, 'grafana')).status).toBe(401);
  expect((await world.deliver(body, { ...grafana(body), 'x-grafana-alerting-timestamp': String(now() + 1) }, 'grafana')).status).toBe(401);
});

test('PagerDuty: one of several v1 signatures, an incident from its creation to its end, other events lead to nothing', async () => {
  const event = (type: string, at: string) =>
    JSON.stringify({
      event: {
        id: `E-${type}`,
        event_type: type,
        resource_type: 'incident',
        occurred_at: at,
        data: {
          id: 'P1',
          type: 'incident',
          title: 'It burns',
          created_at: '2026-11-21T10:00:00Z',
          urgency: 'high',
          html_url: 'https://p.example/P1',
          service: { id: 'S', summary: 'Shop database' },
        },
      },
    });
  const sign = (body: string) => ({ 'x-pagerduty-signature': `v1=${'0'.repeat(64)},v1=${hex(body)}` });
  const triggered = event('incident.triggered', '2026-11-21T10:00:01Z');
  expect(fates(await world.deliver(triggered, sign(triggered), 'pager'))[0]?.state).toMatch(/started|joined|held/);
  const note = event('incident.annotated', '2026-11-21T10:01:00Z');
  expect(await world.deliver(note, sign(note), 'pager')).toMatchObject({ status: 202, body: { alerts: [] } });
  const resolved = event('incident.resolved', '2026-11-21T10:02:00Z');
  expect((await world.deliver(resolved, sign(resolved), 'pager')).status).toBe(202);
  expect((await world.deliver(`${resolved} `, sign(resolved), 'pager')).status).toBe(401);
  expect((await world.deliver(resolved, { 'x-pagerduty-signature': `v1=${'0'.repeat(64)}` }, 'pager')).status).toBe(401);
  // The same event again, as after a lost answer or in a replay, is taken and leads to nothing new.
  expect((await world.deliver(triggered, sign(triggered), 'pager')).status).toBe(202);
});

test('Standard Webhooks: id, timestamp and body are signed; the type names the alert', async () => {
  const body = JSON.stringify({ type: 'disk.full', timestamp: '2026-11-21T10:00:00Z', data: { labels: { target: 'shop' } } });
  expect(fates(await world.deliver(body, standard(body, 'msg_1'), 'desk'))[0]?.state).toMatch(/started|joined|held/);
  expect((await world.deliver(body, { ...standard(body, 'msg_1'), 'webhook-id': 'msg_2' }, 'desk')).status).toBe(401);
  expect((await world.deliver(body, standard(body, 'msg_3', now() + 301), 'desk')).status).toBe(401);
  const rotated = standard(body, 'msg_4');
  expect(
    (await world.deliver(body, { ...rotated, 'webhook-signature': `v1,${'A'.repeat(43)}= ${rotated['webhook-signature']}` }, 'desk')).status,
  ).toBe(202);
});

test('a source proves itself as its kind can', () => {
  const wrong = {
    sources: { a: { kind: 'pagerduty', authentication: { by: 'bearer', tokens: [{ env: 'X' }] }, targets: 'all' } },
    routes: [{ name: 'r', match: {}, runbook: 'lookOnly' }],
  };
  expect(RoutesFile.safeParse(wrong).error?.issues[0]).toMatchObject({
    path: ['sources', 'a', 'authentication'],
    message: 'a source of kind pagerduty proves itself by pagerduty',
  });
});

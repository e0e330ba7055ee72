import { dedupKey } from '../../../activities/notify/channels/pagerduty';
import { startPagerServer, type PagerServer } from '../../../scripts/parts/pager-server';
import { HOSTILE, approval, incident, notifierFor, resolution } from './sample-notification';

const KEY = 'R0123456789ABCDEFGHIJ-routing';

let pager: PagerServer;
beforeAll(async () => {
  process.env['PAGER_KEY'] = KEY;
  pager = await startPagerServer({ routingKeys: [KEY] });
});
afterAll(() => pager.stop());
beforeEach(() => {
  pager.requests.splice(0);
  pager.alerts.splice(0);
});

const notifier = () => notifierFor({ pager: { by: 'pagerduty', routingKey: { env: 'PAGER_KEY' }, url: pager.url } });

it('messages about one thing fold into one alert, and its end resolves it', async () => {
  const [first, send] = [incident(), notifier()];
  await send.send(first);
  await send.send(incident({ about: first.about, body: { template: 'escalation', because: 'silence', level: 2, since: '2026-11-21T03:00:00Z' } }));
  expect(pager.alerts).toMatchObject([{ dedupKey: first.about, open: true, severities: ['critical', 'critical'] }]);
  expect(pager.alerts[0]?.details).toMatchObject({ Impact: 'No writes are taken', Run: 'failover/orders-eu/x1y2', Until: '2026-11-21 03:15 UTC' });
  expect(await send.send(resolution(first.about))).toEqual({ by: 'pager', repeat: false, failed: [] });
  expect(pager.alerts).toMatchObject([{ open: false }]);
});

it('each approval that is asked for is an alert of its own, though they are about one run', async () => {
  const [first, second] = [approval('upgrade/orders-eu/gates'), approval('upgrade/orders-eu/gates')];
  for (const asked of [first, second, second]) await notifier().send(asked);
  expect(pager.alerts.map((alert) => alert.dedupKey)).toEqual([first.id, second.id]);
});

it('two workers without a common memory make one alert', async () => {
  const same = incident();
  await Promise.all([notifier().send(same), notifier().send(same)]);
  expect(pager.alerts).toHaveLength(1);
});

it('tries again after 429 and 5xx, and not after 400', async () => {
  pager.faults.push({ status: 429 }, { status: 502 });
  expect((await notifier().send(incident())).by).toBe('pager');
  expect(pager.requests).toHaveLength(3);
  pager.faults.push({ status: 400 });
  expect((await notifier().send(incident())).failed).toEqual([{ channel: 'pager', because: expect.stringMatching(/answers 400\.$/) }]);
  expect(pager.requests).toHaveLength(4);
});

it('does not wait for a pause that is longer than its time', async () => {
  pager.faults.push({ status: 429, headers: { 'retry-after': '3600' } });
  const began = performance.now();
  expect((await notifier().send(incident())).failed[0]?.because).toContain('It asks to wait 3600 seconds.');
  expect(performance.now() - began).toBeLessThan(2_000);
});

it('keeps to the limits of the interface, whatever the text', async () => {
  const long = incident({ title: HOSTILE.slice(0, 100).repeat(3), state: 'x'.repeat(2_000) });
  expect((await notifier().send(long)).by).toBe('pager');
  expect(dedupKey('a'.repeat(256))).toMatch(/^sha256-[0-9a-f]{64}$/);
});

it('shows the routing key in no answer', async () => {
  process.env['PAGER_KEY'] = `${KEY}-wrong`;
  const answer = await notifier().send(incident());
  process.env['PAGER_KEY'] = KEY;
  expect(answer.by).toBeNull();
  expect(JSON.stringify(answer)).not.toContain(KEY);
});

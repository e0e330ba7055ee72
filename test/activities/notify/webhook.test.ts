import { signHeaders, keyOf } from '../../../activities/notify/channels/webhook';
import { isSigned, startWebhookReceiver, type WebhookReceiver } from '../../../scripts/parts/webhook-receiver';
import { HOSTILE, approval, incident, notifierFor } from './sample-notification';

const NEW = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const OLD = 'whsec_QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVo=';

let receiver: WebhookReceiver;
beforeAll(async () => {
  process.env['HOOK_NEW'] = NEW;
  process.env['HOOK_OLD'] = OLD;
  receiver = await startWebhookReceiver({ secret: OLD });
});
afterAll(() => receiver.stop());
afterEach(() => receiver.requests.splice(0));

const both = () => notifierFor({ desk: { by: 'webhook', url: receiver.url, secrets: [{ env: 'HOOK_NEW' }, { env: 'HOOK_OLD' }] } });

it('signs as the published example of the scheme', () => {
  const body = '{"test": 2432232314}';
  const headers = signHeaders('msg_p5jXN8AQM9LWM0D4loKWxJek', 1614265330, body, [keyOf('desk', NEW)]);
  expect(headers['webhook-signature']).toBe('v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=');
  expect(isSigned(NEW, `msg_p5jXN8AQM9LWM0D4loKWxJek.1614265330.${body}`, headers['webhook-signature'] ?? '')).toBe(true);
  expect(isSigned(NEW, `msg_p5jXN8AQM9LWM0D4loKWxJek.1614265331.${body}`, headers['webhook-signature'] ?? '')).toBe(false);
});

it('a receiver with either secret verifies it, and reads what the message says', async () => {
  const notification = approval('a');
  expect(await both().send(notification)).toEqual({ by: 'desk', repeat: false, failed: [] });
  const delivery = receiver.deliveries.at(-1);
  expect(delivery?.id).toBe(notification.id);
  expect(delivery?.body).toMatchObject({ type: 'runbook.approval_request', data: { runId: 'failover/orders-eu/x1y2', body: { needed: 2 } } });
  expect(String(receiver.requests[0]?.headers['webhook-signature']).split(' ')).toHaveLength(2);
});

it('a receiver with another secret refuses it, and nothing is tried twice', async () => {
  const alone = notifierFor({ desk: { by: 'webhook', url: receiver.url, secrets: [{ env: 'HOOK_NEW' }] } });
  const { by, failed } = await alone.send(incident());
  expect([by, failed[0]?.because]).toEqual([null, expect.stringContaining('refuses our credentials (401)')]);
  expect(receiver.requests).toHaveLength(1);
});

it('follows no redirect', async () => {
  receiver.faults.push({ status: 307, headers: { location: `${receiver.url}/elsewhere` } });
  const { by, failed } = await both().send(incident());
  expect([by, failed[0]?.because]).toEqual([null, expect.stringContaining('a redirect, and none is followed')]);
  expect(receiver.requests).toHaveLength(1);
});

it('tries again what fails for now, under the same id', async () => {
  receiver.faults.push({ status: 500 }, { status: 429, headers: { 'retry-after': '1' } });
  const notification = incident();
  expect(await both().send(notification)).toEqual({ by: 'desk', repeat: false, failed: [] });
  expect(receiver.requests.map(({ headers }) => headers['webhook-id'])).toEqual([notification.id, notification.id, notification.id]);
});

it('an id that no header takes is hashed; the data has it as it is', async () => {
  const notification = incident({ id: HOSTILE.slice(0, 200) });
  expect((await both().send(notification)).by).toBe('desk');
  expect(receiver.deliveries.at(-1)?.id).toMatch(/^sha256-[0-9a-f]{64}$/);
  expect(receiver.deliveries.at(-1)?.body.data['id']).toBe(notification.id);
});

it('a secret that is none of the scheme is refused before anything is sent, and not shown', async () => {
  process.env['HOOK_BAD'] = 'not-a-webhook-secret';
  const bad = notifierFor({ desk: { by: 'webhook', url: receiver.url, secrets: [{ env: 'HOOK_BAD' }] } });
  const answer = await bad.send(incident());
  expect(answer.failed[0]?.because).toContain('whsec_ and 24 to 64 bytes');
  expect(JSON.stringify(answer)).not.toContain('not-a-webhook-secret');
  expect(receiver.requests).toEqual([]);
});

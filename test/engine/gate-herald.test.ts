import { notifyConfigOf } from '../../activities/notify/notify-config';
import { Notifier } from '../../activities/notify/notifier';
import { pollUntil } from '../../scripts/parts/poll-until';
import { startWebhookReceiver, type WebhookReceiver } from '../../scripts/parts/webhook-receiver';
import { startWorld, type World } from '../support/world';

let world: World;
let receiver: WebhookReceiver;
const secret = `whsec_${Buffer.from('a secret of tests only, and long enough').toString('base64')}`;

beforeAll(async () => {
  process.env['RB_HERALD_HOOK'] = secret;
  receiver = await startWebhookReceiver({ secret });
  const config = notifyConfigOf({
    channels: { hook: { by: 'webhook', url: receiver.url, secrets: [{ env: 'RB_HERALD_HOOK' }] } },
    recipients: { approvers: ['hook'] },
  });
  world = await startWorld({ notifier: new Notifier(config, null) });
  await world.client.workflow.start('gateHerald', { workflowId: 'gate-herald', taskQueue: world.taskQueue, args: [{ every: '300 milliseconds' }] });
});
afterAll(async () => {
  await world.stop();
  await receiver.stop();
});

const bodies = () => receiver.deliveries.map(({ body }) => body.data as { runId: string; title: string; body: { template: string; plan?: string } });

test('people are asked again where an approval is asked for again, and told again where an operator is needed again', async () => {
  const run = await world.start('hastyApproval');
  const asked = () => bodies().filter(({ runId }) => runId === run.id);
  expect(await pollUntil(() => Promise.resolve(asked().length === 1), 15_000)).toBe(true);
  await run.approve();
  await run.until(({ step }) => step === 'Wait');
  await new Promise((resolve) => setTimeout(resolve, 1_100));
  await world.admin.query(`update app.shelf set amount = 1 where name = 'plums'`);
  await run.until(({ gate }) => gate?.title.includes('too old') === true);
  expect(await pollUntil(() => Promise.resolve(asked().length === 2), 5_000)).toBe(true);
  await run.approve('oleg');
  await run.result();

  await world.admin.query(`update app.shelf set amount = 1`);
  const other = await world.start('restock', { expect: -5 });
  await other.approve();
  const needed = () => bodies().filter(({ runId, title }) => runId === other.id && title.startsWith('An operator'));
  for (const times of [1, 2]) {
    await other.until(({ parked }) => parked !== null);
    expect(await pollUntil(() => Promise.resolve(needed().length === times), 5_000)).toBe(true);
    if (times === 1) await other.send('retry', { by: 'olga', reason: 'again' });
  }
  await other.send('rollback', { by: 'olga', reason: 'a test' });
  await other.failure();
});

test('people are asked once for an approval, and once for an operator', async () => {
  const run = await world.start('restock', { expect: -5 });
  const { plan } = await run.until(({ gate }) => gate !== null);
  const asked = () => bodies().filter(({ runId }) => runId === run.id);
  expect(await pollUntil(() => Promise.resolve(asked().length === 1), 15_000)).toBe(true);
  expect(asked()[0]).toMatchObject({ title: 'Approval wanted: Restock on shop (restock)', body: { template: 'approval request', plan } });
  await run.approve();
  await run.until(({ parked }) => parked !== null);
  expect(await pollUntil(() => Promise.resolve(asked().length === 2), 15_000)).toBe(true);
  expect(asked()[1]?.title).toBe('An operator is needed: restock on shop');
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  expect(asked()).toHaveLength(2);
  await run.send('abandon', { by: 'olga', reason: 'a test' });
});

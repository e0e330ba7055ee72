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
  await world.client.workflow.start('approvalNotifier', {
    workflowId: 'approval-notifier',
    taskQueue: world.taskQueue,
    args: [{ every: '300 milliseconds' }],
  });
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
  await run.send('rollback', { by: 'olga', reason: 'a test' });
  await run.failure();
});

test('people are asked for each gate of one plan, and again when a step that was retried fails again', async () => {
  const titles = (id: string) => bodies().flatMap((body) => (body.runId === id ? [body.title] : []));
  const told = (id: string, wanted: readonly string[]) =>
    pollUntil(() => Promise.resolve(JSON.stringify(titles(id)) === JSON.stringify(wanted)), 15_000).then((soon) => soon || titles(id));
  const gates = await world.start('twoGates');
  const [first, second] = ['Approval wanted: Set apples on shop (twoGates)', 'Approval wanted: Set pears on shop (twoGates)'];
  expect(await told(gates.id, [first])).toBe(true);
  await gates.approve();
  await gates.until(({ gate }) => gate?.title === 'Set pears');
  expect(await told(gates.id, [first, second])).toBe(true);
  await gates.send('reject', { by: 'olga', reason: 'a test' });
  await gates.failure();

  const run = await world.start('restock', { expect: -5 });
  await run.approve();
  await run.until(({ parked }) => parked !== null);
  const needed = 'An operator is needed: restock on shop';
  await pollUntil(() => Promise.resolve(titles(run.id).includes(needed)), 15_000);
  await run.send('retry', { by: 'olga' });
  expect(await pollUntil(() => Promise.resolve(titles(run.id).filter((title) => title === needed).length === 2), 15_000)).toBe(true);
  await run.send('rollback', { by: 'olga', reason: 'a test' });
  await run.failure();
});

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ControlDatabase } from '../../../activities/control/database';
import { NotificationMemory } from '../../../activities/notify/memory';
import { notifyConfigOf } from '../../../activities/notify/notify-config';
import { Notifier } from '../../../activities/notify/notifier';
import { notifyServices } from '../../../activities/notify/services';
import { TargetSessions } from '../../../activities/targets/connections';
import { registryOf } from '../../../activities/targets/registry';
import { freePort } from '../../../scripts/parts/free-port';
import { startPagerServer, type PagerServer } from '../../../scripts/parts/pager-server';
import { startPostgres, type PostgresPart } from '../../../scripts/parts/postgres-server';
import { startSlackServer, type SlackServer } from '../../../scripts/parts/slack-server';
import { startWebhookReceiver, type WebhookReceiver } from '../../../scripts/parts/webhook-receiver';
import { runbookActivities } from '../../../workers/worker/compose';
import type { Notification } from '../../../workflows/contracts/notification';
import { incident, notifierFor, resolution } from './sample-notification';

const SECRETS = { SLACK_TOKEN: 'xoxb-very-secret', PAGER_KEY: 'routing-very-secret', HOOK: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw' };
let slack: SlackServer;
let pager: PagerServer;
let desk: WebhookReceiver;
let nowhere: string;

beforeAll(async () => {
  Object.assign(process.env, SECRETS);
  slack = await startSlackServer({ token: SECRETS.SLACK_TOKEN, channels: ['C1'] });
  pager = await startPagerServer({ routingKeys: [SECRETS.PAGER_KEY] });
  desk = await startWebhookReceiver({ secret: SECRETS.HOOK });
  nowhere = `http://127.0.0.1:${await freePort()}`;
});
afterAll(() => Promise.all([slack.stop(), pager.stop(), desk.stop()]));
beforeEach(() => {
  for (const list of [
    slack.messages,
    slack.requests,
    slack.faults,
    pager.alerts,
    pager.requests,
    pager.faults,
    desk.deliveries,
    desk.requests,
    desk.faults,
  ])
    list.splice(0);
});

const chat = (url = slack.url) => ({ by: 'slack', token: { env: 'SLACK_TOKEN' }, channel: 'C1', url });
const page = (url = pager.url) => ({ by: 'pagerduty', routingKey: { env: 'PAGER_KEY' }, url });
const hook = (url = desk.url) => ({ by: 'webhook', url, secrets: [{ env: 'HOOK' }] });

describe('the order of the channels', () => {
  it('the first one takes it, and no other hears of it', async () => {
    expect(await notifierFor({ chat: chat(), pager: page() }).send(incident())).toEqual({ by: 'chat', repeat: false, failed: [] });
    expect(pager.requests).toEqual([]);
  });

  it('an alert that a pager opened while the chat was away is resolved, whoever takes the message of the end', async () => {
    slack.faults.push({ status: 400 });
    const notifier = notifierFor({ chat: chat(), pager: page() });
    const first = incident();
    expect(await notifier.send(first)).toMatchObject({ by: 'pager' });
    expect(await notifier.send(resolution(first.about))).toMatchObject({ by: 'chat' });
    expect(pager.alerts).toMatchObject([{ open: false }]);
  });

  it('the next one takes it where the first refuses connections, fails or hangs; the answer says which failed and why', async () => {
    pager.faults.push({ status: 500 }, { status: 500 }, { status: 500 });
    slack.faults.push('hang');
    const answer = await notifierFor({ gone: page(nowhere), broken: page(), hung: chat(), desk: hook() }, null, 2_500).send(incident());
    expect(answer).toEqual({
      by: 'desk',
      repeat: false,
      failed: [
        { channel: 'gone', because: expect.stringMatching(/cannot be reached \(ECONNREFUSED\)\. \(3 tries\)$/) },
        { channel: 'broken', because: expect.stringMatching(/answers 500\. \(3 tries\)$/) },
        { channel: 'hung', because: 'It did not answer within 2.5 seconds.' },
      ],
    });
    expect(desk.deliveries).toHaveLength(1);
  });

  it('where all fail it says so and throws nothing; who asks again has it tried again', async () => {
    const notifier = notifierFor({ gone: page(nowhere), chat: chat(), unset: { ...chat(), token: { env: 'NOT_SET_ANYWHERE' } } }, null, 3_000);
    slack.faults.push({ error: 'is_archived' });
    const message = incident();
    const answer = await notifier.send(message);
    expect(answer).toMatchObject({ by: null, repeat: false });
    expect(answer.failed.map(({ because }) => because)).toEqual([
      expect.stringContaining('ECONNREFUSED'),
      expect.stringContaining('is_archived'),
      expect.stringContaining('NOT_SET_ANYWHERE, which notify.yaml names for channel unset, is not set'),
    ]);
    for (const secret of Object.values(SECRETS)) expect(JSON.stringify(answer)).not.toContain(secret);
    expect((await notifier.send(message)).by).toBe('chat');
  });
});

describe('a repeat', () => {
  it('of the same id is one message, also while the first is on its way', async () => {
    const [notifier, message] = [notifierFor({ gone: page(nowhere), chat: chat() }, null, 3_000), incident()];
    const answers = await Promise.all([notifier.send(message), notifier.send(message)]);
    answers.push(await notifier.send(message));
    expect(answers.map(({ by, repeat, failed }) => [by, repeat, failed.length])).toEqual([
      ['chat', false, 1],
      ['chat', true, 1],
      ['chat', true, 1],
    ]);
    expect(slack.messages).toHaveLength(1);
  });

  it('is known among the last messages of a process only', async () => {
    const memory = new NotificationMemory(null, 2);
    const sent = (id: string) => ({ id, about: 'a', recipient: 'r', channel: 'c', reference: null, failed: [] });
    for (const id of ['1', '2', '3']) await memory.keep(sent(id));
    expect((await memory.recall('1', 'nothing')).length).toBe(0);
    expect((await memory.recall('3', 'a')).map(({ id }) => id)).toEqual(['3', '2']);
  });
});

describe('recipients', () => {
  const config = (everyone?: string) =>
    notifyConfigOf({ channels: { chat: chat() }, recipients: { 'DBA team': ['chat'] }, ...(everyone ? { everyone } : {}) });

  it('somebody unknown is everyone, and the message says whom it was for', async () => {
    expect((await new Notifier(config('DBA team'), null).send(incident({ to: 'constructor' }))).by).toBe('chat');
    expect(JSON.stringify(slack.messages)).toContain('constructor (notify.yaml names no such recipient');
  });

  it('without everyone it reaches nobody, and the answer says what to name', async () => {
    const { by, failed } = await new Notifier(config(), null).send(incident({ to: 'DBA tem' }));
    expect([by, failed]).toEqual([
      null,
      [{ channel: 'none', because: expect.stringContaining('no recipient "DBA tem", and no "everyone". Did you mean DBA team?') }],
    ]);
  });
});

describe('the activity', () => {
  it('says that nobody is configured', async () => {
    expect(await notifyServices(null).notify(incident())).toEqual({
      by: null,
      repeat: false,
      failed: [{ channel: 'none', because: 'no notify.yaml is configured (RUNBOOKS_NOTIFY)' }],
    });
  });

  it('is offered by every worker', async () => {
    const registry = registryOf({ targets: {} });
    const parts = {
      registry,
      sessions: new TargetSessions(registry),
      control: null,
      namespace: 'default',
      taskQueue: 'runbooks',
      searchAttributes: [],
    };
    const { notify } = runbookActivities({ ...parts, notifier: notifierFor({ chat: chat() }) });
    expect(await notify?.(incident() as never)).toMatchObject({ by: 'chat' });
    expect(await runbookActivities(parts)['notify']?.(incident() as never)).toMatchObject({ by: null });
  });

  it('sends, and answers a message that is none with what is wrong with it', async () => {
    const services = notifyServices(notifierFor({ chat: chat() }));
    expect((await services.notify(incident())).by).toBe('chat');
    const { failed } = await services.notify({ ...incident(), loudness: 'loud' } as unknown as Notification);
    expect(failed[0]?.because).toContain('loudness');
  });

  it('cuts what is too long instead of losing the message, but no id', async () => {
    const services = notifyServices(notifierFor({ chat: chat() }));
    const title = `${'x'.repeat(298)}\u{1F600}\u{1F600}`;
    const body = {
      template: 'approval request' as const,
      gate: 'g'.repeat(9_000),
      number: 1,
      of: 2,
      plan: 'abc',
      planMadeAt: '2026-11-21T03:00:00.000Z',
      needed: 1,
      statements: Array<string>(9).fill('select 1'),
    };
    expect(await services.notify({ ...incident(), title, body })).toMatchObject({ by: 'chat' });
    expect(JSON.stringify(slack.messages)).not.toMatch(/\\ud[0-9a-f]{3}/i);
    expect((await services.notify({ ...incident(), id: 'x'.repeat(201) })).failed[0]?.because).toContain('id:');
  });
});

describe('with a control database', () => {
  let folder: string;
  let server: PostgresPart;
  let control: ControlDatabase;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'notify-'));
    server = await startPostgres({ major: 18, dataDirectory: join(folder, 'data'), durable: false });
    control = new ControlDatabase({ url: `postgresql://rb_journal:journal@${server.host}:${server.port}/postgres` });
    await control.migrate(server.url());
  });
  afterAll(async () => {
    await control.close();
    await server.stop('immediate');
    rmSync(folder, { recursive: true, force: true });
  });
  const worker = () => notifierFor({ gone: page(nowhere), chat: chat() }, control.notifications, 3_000);

  it('another worker knows what was sent: it sends nothing twice, and edits the message of the first', async () => {
    const first = incident();
    await worker().send(first);
    expect(await worker().send(first)).toMatchObject({ by: 'chat', repeat: true, failed: [{ channel: 'gone' }] });
    await worker().send(resolution(first.about));
    expect(slack.messages).toMatchObject([{ edits: 1 }]);
  });

  it('one that has gone away stops no message', async () => {
    await server.stop('immediate');
    const [notifier, message] = [worker(), incident()];
    const began = performance.now();
    expect(await notifier.send(message)).toMatchObject({ by: 'chat', repeat: false });
    expect(performance.now() - began).toBeLessThan(10_000);
    expect(await notifier.send(message)).toMatchObject({ by: 'chat', repeat: true });
    expect(slack.messages).toHaveLength(1);
  });
});

import { freePort } from '../../../scripts/parts/free-port';
import { startSlackServer, type SlackMessage, type SlackServer } from '../../../scripts/parts/slack-server';
import { HOSTILE, approval, incident, notifierFor, resolution } from './sample-notification';

const TOKEN = 'xoxb-1234567890-secret-of-the-bot';

let slack: SlackServer;
beforeAll(async () => {
  process.env['SLACK_TOKEN'] = TOKEN;
  slack = await startSlackServer({ token: TOKEN, channels: ['C1'] });
});
afterAll(() => slack.stop());
beforeEach(() => {
  slack.messages.splice(0);
  slack.requests.splice(0);
});

const notifier = (channel = 'C1') => notifierFor({ chat: { by: 'slack', token: { env: 'SLACK_TOKEN' }, channel, url: slack.url } });
const shown = ({ text, blocks }: SlackMessage): string => [text, ...blocks.map((block) => block.text?.text)].join('\n');
const update = (about: string) =>
  incident({ about, body: { template: 'update', number: 2, status: 'Found the cause', eta: '10 minutes', nextUpdateAt: null } });

it('one thing is one message, edited as its state changes; what somebody must hear of stands in its thread too', async () => {
  const [first, send] = [incident(), notifier()];
  await send.send(first);
  await send.send(update(first.about));
  await send.send(approval(first.about));
  await send.send(
    incident({ about: first.about, body: { template: 'escalation', because: 'Nobody answered', level: 2, since: '2026-11-21T03:00:00Z' } }),
  );
  await send.send(resolution(first.about));
  const [root, ...thread] = slack.messages;
  expect(root && shown(root)).toContain('*Resolution:* Promoted orders-eu-2');
  expect(root).toMatchObject({ channel: 'C1', threadTs: null, edits: 3 });
  expect(thread.map(({ text, threadTs, broadcast }) => [text, threadTs, broadcast])).toEqual([
    ['[P1] Database down on orders-eu - Update #2', root?.ts, false],
    ['Switch over orders-eu - Approval needed', root?.ts, true],
    ['[P1] Database down on orders-eu - Escalation, level 2', root?.ts, true],
  ]);
});

it('another thing has another message', async () => {
  const send = notifier();
  await send.send(incident());
  await send.send(incident());
  expect(slack.messages.map(({ edits }) => edits)).toEqual([0, 0]);
});

it('a message that is gone is posted again, and edited from then on', async () => {
  const [first, send] = [incident(), notifier()];
  await send.send(first);
  slack.messages.splice(0, 1);
  await send.send(update(first.about));
  await send.send(resolution(first.about));
  expect(slack.messages).toMatchObject([{ threadTs: null, edits: 1 }]);
});

it('links to the run and says how to approve', async () => {
  await notifier().send(approval('a'));
  const text = slack.messages.map(shown).join('\n');
  expect(text).toContain('```runbook approve failover/orders-eu/x1y2 --plan 109c13a2 --gate 1```');
  expect(text).toContain('<https://temporal.example/namespaces/default/workflows/failover%2Forders-eu%2Fx1y2|The run in the Temporal UI>');
});

it('acts on nothing that others wrote', async () => {
  const hostile = approval('hostile', {
    title: HOSTILE,
    target: HOSTILE,
    state: HOSTILE,
    nextAction: HOSTILE,
    body: {
      template: 'approval request',
      gate: HOSTILE,
      number: 1,
      of: 1,
      plan: HOSTILE,
      planMadeAt: '2026-11-21T03:00:00.000Z',
      needed: 1,
      statements: [HOSTILE],
    },
  });
  expect((await notifier().send(hostile)).by).toBe('chat');
  const [message] = slack.messages;
  const acting = message?.blocks.filter((block) => block.text?.type === 'mrkdwn').map((block) => block.text?.text) ?? [];
  expect([message?.text, ...acting].join('\n').match(/<[^>]*>/g)).toEqual([
    expect.stringMatching(/^<https:\/\/temporal\.example\/[^|]*\|The run in the Temporal UI>$/),
  ]);
  expect(acting.every((text) => (text?.match(/```/g)?.length ?? 0) % 2 === 0)).toBe(true);
});

it('keeps to the limits of Slack, whatever the text', async () => {
  const long = '&<>'.repeat(660);
  const answer = await notifier().send(
    approval('long', {
      title: '&'.repeat(300),
      state: long,
      nextAction: long,
      body: {
        template: 'approval request',
        gate: long,
        number: 1,
        of: 1,
        plan: 'a',
        planMadeAt: '2026-11-21T03:00:00.000Z',
        needed: 1,
        statements: Array<string>(5).fill(long.repeat(3)),
      },
    }),
  );
  expect(answer).toEqual({ by: 'chat', repeat: false, failed: [] });
});

it('waits as long as it is asked to, where that fits, and tries again after 500', async () => {
  slack.faults.push({ status: 429, headers: { 'retry-after': '1' } }, { status: 500 });
  const began = performance.now();
  expect((await notifier().send(incident())).by).toBe('chat');
  expect(performance.now() - began).toBeGreaterThan(1_900);
  expect(slack.messages).toHaveLength(1);
});

it.each([
  ['what Slack refuses', { error: 'is_archived' }, 'refuses the message: is_archived.'],
  ['a longer pause than there is time', { status: 429, headers: { 'retry-after': '60' } }, 'limits our rate. It asks to wait 60 seconds.'],
  ['a refusal that repeats the token', { error: `bad token ${TOKEN}` }, 'refuses the message: an unknown error.'],
])('says in a sentence: %s', async (_what, fault, says) => {
  slack.faults.push(fault);
  const answer = await notifier().send(incident());
  expect(answer.failed).toEqual([{ channel: 'chat', because: expect.stringContaining(says) }]);
  expect(slack.requests).toHaveLength(1);
  expect(JSON.stringify(answer)).not.toContain(TOKEN);
});

it('a cut leaves no half sign', async () => {
  expect((await notifier().send(incident({ title: `${'x'.repeat(149)}\u{1F600}` }))).by).toBe('chat');
  expect(JSON.stringify(slack.messages)).not.toMatch(/\\ud[0-9a-f]{3}/);
});

it('tries three times in all, whatever the package would do', async () => {
  slack.faults.push({ status: 500 }, { status: 500 }, { status: 500 });
  expect((await notifier().send(incident())).failed[0]?.because).toMatch(/answers 500\. \(3 tries\)$/);
  expect(slack.requests).toHaveLength(3);
});

it('prints nothing, and the token stands in no message and no answer', async () => {
  const spies = (['debug', 'info', 'log', 'warn', 'error'] as const).map((level) => jest.spyOn(console, level));
  const answer = await notifier('C404').send(incident());
  await notifier().send(incident());
  await notifierFor({ chat: { by: 'slack', token: { env: 'SLACK_TOKEN' }, channel: 'C1', url: `http://127.0.0.1:${await freePort()}` } }).send(
    incident(),
  );
  for (const spy of spies) {
    expect(spy).not.toHaveBeenCalled();
    spy.mockRestore();
  }
  expect(answer.failed[0]?.because).toContain('channel_not_found');
  expect(JSON.stringify([answer, slack.messages])).not.toContain(TOKEN);
});

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { startPagerServer, type PagerServer } from '../../../scripts/parts/pager-server';
import { startSlackServer, type SlackServer } from '../../../scripts/parts/slack-server';
import { main } from '../../../workers/cli/main';
import { notifyFinding } from '../../../workers/cli/alerts/notify-finding';
import { recordPrinting } from '../../support/printing';

const folder = mkdtempSync(join(tmpdir(), 'notify-cli-'));
const path = join(folder, 'notify.yaml');
let slack: SlackServer;
let pager: PagerServer;
const printed = recordPrinting();

beforeAll(async () => {
  Object.assign(process.env, { CLI_SLACK: 'xoxb-cli-secret', CLI_PAGER: 'routing-cli-secret', RUNBOOK_BY: 'ann' });
  slack = await startSlackServer({ token: 'xoxb-cli-secret', channels: ['C1'] });
  pager = await startPagerServer({ routingKeys: ['routing-cli-secret'] });
  writeFileSync(
    path,
    stringify({
      channels: {
        chat: { by: 'slack', token: { env: 'CLI_SLACK' }, channel: 'C1', url: slack.url },
        pager: { by: 'pagerduty', routingKey: { env: 'CLI_PAGER' }, url: pager.url },
        unset: { by: 'webhook', url: 'https://desk.example/path-that-is-a-secret', secrets: [{ env: 'CLI_NOT_SET' }] },
      },
      recipients: { 'DBA team': ['chat', 'pager'], desk: ['unset'] },
      everyone: 'DBA team',
    }),
  );
});
afterAll(async () => {
  await Promise.all([slack.stop(), pager.stop()]);
  rmSync(folder, { recursive: true, force: true });
});

it('check lists recipients with their channels, and names what cannot be read here', async () => {
  expect(await main(['notify', 'check', '--config', path])).toBe(0);
  expect(printed.text).toMatch(/DBA team +chat, pager\n/);
  expect(printed.text).toContain('Messages to anybody else go to DBA team.');
  expect(printed.text).toContain('The environment variable CLI_NOT_SET, which notify.yaml names for channel unset, is not set');
  expect(printed.text).not.toMatch(/cli-secret|path-that-is-a-secret/);
});

it('check names every problem of a file', async () => {
  const wrong = join(folder, 'wrong.yaml');
  writeFileSync(wrong, 'channels: { chat: { by: pigeon } }\nrecipients: { a: [b] }\n');
  expect(await main(['notify', 'check', '--config', wrong])).toBe(2);
  expect(printed.text).toContain('channels.chat.by');
});

it('test sends by each channel of a recipient, and leaves no page open', async () => {
  expect(await main(['notify', 'test', 'DBA team', '--config', path])).toBe(0);
  expect(printed.text).toBe('chat: taken\npager: taken\n');
  expect(slack.messages.at(-1)?.text).toContain('[TEST]');
  expect(JSON.stringify(slack.messages.at(-1))).toContain('sent by ann');
  expect(pager.alerts).toMatchObject([{ open: false, severities: ['info'] }]);
});

it('test of all says which failed, and exits with 1', async () => {
  expect(await main(['notify', 'test', '--config', path, '--json'])).toBe(1);
  expect(JSON.parse(printed.text)).toMatchObject({
    results: [
      { channel: 'chat', taken: true },
      { channel: 'pager', taken: true },
      { channel: 'unset', taken: false },
    ],
  });
  printed.text = '';
  expect(await main(['notify', 'test', 'unset', '--config', path])).toBe(1);
  expect(printed.text).toContain('unset: not taken. The environment variable CLI_NOT_SET');
});

it('test of a name that nobody has says what was meant', async () => {
  expect(await main(['notify', 'test', 'chatt', '--config', path])).toBe(2);
  expect(printed.text).toContain('Did you mean chat?');
});

it('doctor says whether there is a file, and whether it is right', () => {
  const finding = (notifyFile: string) =>
    notifyFinding({ taskQueue: 'runbooks', targetsFile: 'targets.yaml', routesFile: 'routes.yaml', controlReadUrl: null, notifyFile });
  expect(finding(join(folder, 'missing.yaml'))).toMatchObject({ state: 'hint', says: expect.stringContaining('Copy notify.example.yaml') });
  expect(finding(path)).toMatchObject({ state: 'hint', says: expect.stringContaining('CLI_NOT_SET') });
  expect(finding(join(folder, 'wrong.yaml'))).toMatchObject({ state: 'bad', says: expect.stringContaining('channels.chat.by') });
});

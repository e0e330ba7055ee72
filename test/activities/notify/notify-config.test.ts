import { join } from 'node:path';
import { notifyConfigOf, readNotifyConfig } from '../../../activities/notify/notify-config';
import { ROOT } from '../../house/source-files';

const SLACK = { by: 'slack', token: { env: 'TOKEN' }, channel: 'C1' };
const MAIL = { by: 'email', host: 'smtp.example.com', from: 'a@example.com', to: ['b@example.com'] };

function problems(content: unknown): string {
  try {
    notifyConfigOf(content);
    return '';
  } catch (error) {
    return (error as Error).message;
  }
}
const ofChannel = (channel: object): string => problems({ channels: { one: channel }, recipients: {} });

it('the example file is right, and every secret in it is a reference', () => {
  const { channels, recipients, everyone } = readNotifyConfig(join(ROOT, 'notify.example.yaml'));
  expect([...channels.values()].map(({ by }) => by)).toEqual(['slack', 'pagerduty', 'pagerduty', 'email', 'webhook']);
  expect([...recipients.keys()]).toContain(everyone);
});

it('names every problem with its place', () => {
  const message = problems({
    channels: { chat: { ...SLACK, token: 'xoxb-secret' }, mail: { ...MAIL, port: 0, tls: 'none' } },
    recipients: { 'DBA team': ['chat', 'pager', 'chat'], nobody: [] },
    everyone: 'all',
    extra: 1,
  });
  expect(message).toContain('channels.chat.token: a secret stands here by reference only');
  expect(message).toContain('channels.mail.port');
  expect(message).toContain('recipients.nobody');
  expect(message).toContain('Unrecognized key: "extra"');
  expect(message).not.toContain('xoxb');
});

it('refuses names that lead nowhere', () => {
  const message = problems({ channels: { chat: SLACK }, recipients: { 'DBA team': ['chat', 'pager', 'chat', 'constructor'] }, everyone: 'all' });
  expect(message).toContain('recipients.DBA team.1: there is no channel "pager"');
  expect(message).toContain('recipients.DBA team.2: "chat" stands here twice');
  expect(message).toContain('recipients.DBA team.3: there is no channel "constructor"');
  expect(message).toContain('everyone: there is no recipient "all"');
});

it.each([
  ['mail without TLS elsewhere', { ...MAIL, tls: 'none' }, 'loopback only'],
  ['a user without a password', { ...MAIL, user: 'ann' }, 'give user and password'],
  ['two addresses in one', { ...MAIL, from: 'a@example.com, b@example.com' }, 'one mail address'],
  ['a line break in an address', { ...MAIL, from: 'A\r\nBcc: x@example.com <a@example.com>' }, 'one mail address'],
  ['plain http elsewhere', { by: 'webhook', url: 'http://example.com/x', secrets: [{ env: 'A' }] }, 'write https'],
  ['a password in an address', { by: 'webhook', url: 'https://a:b@example.com/x', secrets: [{ env: 'A' }] }, 'take the user and password out'],
  ['a file as an address', { by: 'webhook', url: 'file:///etc/passwd', secrets: [{ env: 'A' }] }, 'whole address'],
  ['three secrets', { by: 'webhook', url: 'https://example.com', secrets: [{ env: 'A' }, { env: 'B' }, { env: 'C' }] }, 'secrets'],
])('refuses %s', (_what, channel, says) => {
  expect(ofChannel(channel)).toContain(says);
});

it('takes mail without TLS and plain http on loopback', () => {
  expect(ofChannel({ ...MAIL, host: '127.0.0.1', tls: 'none' })).toBe('');
  expect(ofChannel({ by: 'webhook', url: 'http://[::1]:8080/x', secrets: [{ env: 'A' }] })).toBe('');
});

it('says what to do about a file that is missing', () => {
  expect(() => readNotifyConfig('/nowhere/notify.yaml')).toThrow('Copy notify.example.yaml');
});

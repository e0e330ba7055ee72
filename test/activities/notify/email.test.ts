import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startMailServer, type MailServer, type MailServerOptions } from '../../../scripts/parts/mail-server';
import { HOSTILE, incident, notifierFor, resolution } from './sample-notification';

const PASSWORD = 'pass word/of+the=server';
const folder = mkdtempSync(join(tmpdir(), 'notify-mail-'));
const servers: MailServer[] = [];

beforeAll(() => {
  process.env['MAIL_PASSWORD'] = PASSWORD;
});
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.stop()));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function started(options: MailServerOptions = {}): Promise<MailServer> {
  const server = await startMailServer(options);
  servers.push(server);
  writeFileSync(join(folder, 'ca.pem'), server.ca);
  return server;
}

const LOGIN = { user: 'runbooks', password: PASSWORD };
const mailTo = (port: number, changes: Record<string, unknown> = {}) =>
  notifierFor({
    mail: {
      by: 'email',
      host: 'localhost',
      port,
      ca: join(folder, 'ca.pem'),
      user: 'runbooks',
      password: { env: 'MAIL_PASSWORD' },
      from: 'Runbooks <runbooks@example.com>',
      to: ['dba@example.com', 'night@example.com'],
      ...changes,
    },
  });
const WITHOUT_LOGIN = { user: undefined, password: undefined };

/** The head of a mail by name, with folded lines joined. */
function headOf(raw: string): Map<string, string> {
  const head = raw.split(/\r?\n\r?\n/, 1)[0] ?? '';
  const lines = head.replace(/\r?\n[ \t]+/g, ' ').split(/\r?\n/);
  return new Map(lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]));
}

it('goes over STARTTLS with the login, to all addresses, as text and as HTML', async () => {
  const server = await started({ login: LOGIN });
  expect(await mailTo(server.port).send(incident())).toEqual({ by: 'mail', repeat: false, failed: [] });
  expect(server.mails).toMatchObject([
    { secure: true, user: 'runbooks', from: 'runbooks@example.com', to: ['dba@example.com', 'night@example.com'] },
  ]);
  const raw = server.mails[0]?.raw ?? '';
  expect(headOf(raw).get('subject')).toBe('[P1] Database down on orders-eu');
  expect(headOf(raw).get('auto-submitted')).toBe('auto-generated');
  expect(raw).toContain('Content-Type: text/plain');
  expect(raw).toContain('Content-Type: text/html');
  expect(raw).toContain('Impact: No writes are taken');
});

it('messages about one thing are one thread, each with an id of its own that a repeat keeps', async () => {
  const server = await started({ login: LOGIN });
  const first = incident();
  await mailTo(server.port).send(first);
  await mailTo(server.port).send(first);
  await mailTo(server.port).send(resolution(first.about));
  const [one, again, end] = server.mails.map(({ raw }) => headOf(raw));
  expect(one?.get('message-id')).toMatch(/^<id-[0-9a-f]{40}@example\.com>$/);
  expect(again?.get('message-id')).toBe(one?.get('message-id'));
  expect(end?.get('message-id')).not.toBe(one?.get('message-id'));
  expect(end?.get('references')).toBe(one?.get('references'));
  expect(end?.get('in-reply-to')).toBe(one?.get('references'));
});

it('a hostile subject adds no header and no recipient, and hostile text stays text', async () => {
  const server = await started({ login: LOGIN });
  await mailTo(server.port).send(incident({ title: HOSTILE, target: HOSTILE, state: HOSTILE, about: HOSTILE.slice(0, 200) }));
  const [mail] = server.mails;
  expect(mail?.to).toEqual(['dba@example.com', 'night@example.com']);
  expect([...headOf(mail?.raw ?? '').keys()]).not.toContain('bcc');
  const html = (mail?.raw ?? '').slice((mail?.raw ?? '').indexOf('<!doctype html>'));
  expect(html).not.toContain('<script');
});

it('sends nothing in the clear to a server without TLS', async () => {
  const server = await started({ plain: true });
  const { by, failed } = await mailTo(server.port, WITHOUT_LOGIN).send(incident());
  expect([by, failed[0]?.because]).toEqual([null, expect.stringContaining('gives no TLS')]);
  expect(server.mails).toEqual([]);
  expect((await mailTo(server.port, { ...WITHOUT_LOGIN, tls: 'none' }).send(incident())).by).toBe('mail');
});

it('trusts no certificate that nobody named', async () => {
  const server = await started({ login: LOGIN });
  const { by, failed } = await mailTo(server.port, { ca: undefined }).send(incident());
  expect([by, failed[0]?.because]).toEqual([
    null,
    expect.stringMatching(/shows a certificate that is not trusted \(DEPTH_ZERO_SELF_SIGNED_CERT\).*"ca"\.$/),
  ]);
  expect(server.mails).toEqual([]);
});

it('says that a login is refused, without the password in any form', async () => {
  const server = await started({ login: { ...LOGIN, password: 'another' } });
  const answer = await mailTo(server.port).send(incident());
  expect(answer.failed[0]?.because).toContain('refuses our login (535)');
  const forms = [PASSWORD, Buffer.from(PASSWORD).toString('base64'), Buffer.from(`\0runbooks\0${PASSWORD}`).toString('base64')];
  for (const form of forms) expect(JSON.stringify(answer)).not.toContain(form);
});

it('says that recipients are refused, all or some of them', async () => {
  const all = await started({ login: LOGIN, refused: { 'dba@example.com': 550, 'night@example.com': 550 } });
  expect((await mailTo(all.port).send(incident())).failed[0]?.because).toMatch(/refuses sender or recipients \(550\)\.$/);
  const some = await started({ login: LOGIN, refused: { 'night@example.com': 550 } });
  expect((await mailTo(some.port).send(incident())).failed[0]?.because).toContain('refused 1 of its recipients');
});

it('gives up on a server that greets nobody', async () => {
  const silent = createServer((socket) => socket.on('error', () => undefined)).listen(0, '127.0.0.1');
  await new Promise((resolve) => silent.once('listening', resolve));
  const config = {
    mail: { by: 'email', host: '127.0.0.1', port: (silent.address() as AddressInfo).port, tls: 'none', from: 'a@example.com', to: ['b@example.com'] },
  };
  const answer = await notifierFor(config, null, 700).send(incident());
  expect(answer.failed).toEqual([{ channel: 'mail', because: 'It did not answer within 0.7 seconds.' }]);
  // The connection is dropped with it: otherwise the server could not close.
  await new Promise((resolve) => silent.close(resolve));
}, 5_000);

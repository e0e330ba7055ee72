import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Socket } from 'node:net';
import { createTransport, type SendMailOptions } from 'nodemailer';
import type { Notification } from '../../../workflows/contracts/notification';
import { onOneLine } from '../../report/printable';
import { ChannelFailure, SOON, type Channel } from '../channel';
import { htmlText } from '../html-text';
import type { EmailConfig } from '../notify-config';
import { plainText } from '../plain-text';
import { secretOf } from '../secret-of';
import type { Rendered } from '../templates';

const PATIENCE_MS = 9_000;

/** Mail to fixed addresses. Messages about one thing are one thread: all refer to a root that is derived from `about`. */
export function emailChannel(name: string, config: EmailConfig): Channel {
  const domain = /@([^>]+)>?$/.exec(config.from)?.[1] ?? 'localhost';
  const root = mailId('about', domain);
  const own = mailId('id', domain);
  return {
    name,
    by: 'email',
    async send(message, notification, _earlier, signal) {
      const socket = new Socket();
      const transport = createTransport({ ...transportOptions(name, config), socket });
      // A hung server must not keep the connection after we have given up; closing the transport would leave it open.
      const giveUp = (): void => void socket.destroy();
      signal.addEventListener('abort', giveUp, { once: true });
      try {
        const info = (await transport.sendMail(mailOf(message, notification, config, own(notification.id), root(notification.about)))) as {
          rejected: readonly unknown[];
        };
        if (info.rejected.length)
          throw new ChannelFailure(`${config.host} took the message for some, and refused ${info.rejected.length} of its recipients.`);
        return own(notification.id);
      } catch (error) {
        throw error instanceof ChannelFailure ? error : explainFailure(config.host, error);
      } finally {
        signal.removeEventListener('abort', giveUp);
        transport.close();
        socket.destroy();
      }
    },
  };
}

function mailOf(message: Rendered, { loudness }: Notification, { from, to }: EmailConfig, messageId: string, root: string): SendMailOptions {
  return {
    from,
    to: [...to],
    subject: onOneLine(message.subject),
    messageId,
    inReplyTo: root,
    references: root,
    text: plainText(message),
    html: htmlText(message),
    ...(loudness === 'critical' ? { priority: 'high' as const } : {}),
    // No out-of-office answers.
    headers: { 'Auto-Submitted': 'auto-generated', 'X-Auto-Response-Suppress': 'All' },
    disableFileAccess: true,
    disableUrlAccess: true,
  };
}

function transportOptions(name: string, { host, port, tls, ca, user, password }: EmailConfig) {
  return {
    host,
    port,
    secure: tls === 'required' && port === 465,
    requireTLS: tls === 'required',
    ignoreTLS: tls === 'none',
    tls: ca === undefined ? {} : { ca: certificate(name, ca) },
    ...(user !== undefined && password !== undefined ? { auth: { user, pass: secretOf(name, password) } } : {}),
    connectionTimeout: PATIENCE_MS,
    greetingTimeout: PATIENCE_MS,
    socketTimeout: PATIENCE_MS,
    dnsTimeout: PATIENCE_MS,
  };
}

function certificate(name: string, path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    throw new ChannelFailure(`The certificate ${path}, which notify.yaml names for channel ${name}, cannot be read.`);
  }
}

// The server's own words stay out: it may repeat what it was sent. Its code says enough.
function explainFailure(host: string, error: unknown): ChannelFailure {
  const { code = 'no reason', originalCode = code, responseCode } = error as { code?: string; originalCode?: string; responseCode?: number };
  const said = responseCode === undefined ? originalCode : `${responseCode}`;
  if (code === 'EAUTH') return new ChannelFailure(`${host} refuses our login (${said}): check user and password.`);
  if (code === 'EENVELOPE') return new ChannelFailure(`${host} refuses sender or recipients (${said}).`, temporary(responseCode));
  if (/CERT|ALTNAME|UNABLE_TO/.test(originalCode))
    return new ChannelFailure(`${host} shows a certificate that is not trusted (${said}): name its authority by "ca".`);
  if (code === 'ETLS') return new ChannelFailure(`${host} gives no TLS (${said}), and mail goes over nothing else: correct host or port.`);
  if (responseCode !== undefined) return new ChannelFailure(`${host} does not take the message (${said}).`, temporary(responseCode));
  return new ChannelFailure(`${host} cannot be reached, or does not answer (${said}).`, SOON);
}

// Codes of the 400s are for now, of the 500s permanent (RFC 5321).
const temporary = (responseCode: number | undefined) => (responseCode !== undefined && responseCode < 500 ? SOON : null);

const mailId =
  (kind: string, domain: string) =>
  (of: string): string =>
    `<${kind}-${createHash('sha256').update(of).digest('hex').slice(0, 40)}@${domain}>`;

import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';
import { LOCALHOST_CERTIFICATE } from './localhost-certificate';
import { onExit } from './processes';

/** A mail that was taken, as it came over the wire. */
export interface Mail {
  readonly from: string;
  readonly to: readonly string[];
  /** Whether it came over TLS, and as which user. */
  readonly secure: boolean;
  readonly user: string | null;
  readonly raw: string;
}

/** A running mail server. */
export interface MailServer {
  readonly port: number;
  /** The certificate that a client must trust, in PEM. */
  readonly ca: string;
  readonly mails: Mail[];
  stop(): Promise<void>;
}

/** How to start a mail server. */
export interface MailServerOptions {
  /** Demanded of every client where given, over TLS only. */
  readonly login?: { readonly user: string; readonly password: string };
  /** No STARTTLS is offered. */
  readonly plain?: boolean;
  /** Addresses that are refused: permanently (550), or for now (450). */
  readonly refused?: Readonly<Record<string, 450 | 550>>;
  readonly port?: number;
}

/** Starts an SMTP server on 127.0.0.1 that keeps what it takes. */
export async function startMailServer({ login, plain = false, refused = {}, port = 0 }: MailServerOptions = {}): Promise<MailServer> {
  const mails: Mail[] = [];
  const server = new SMTPServer({
    ...LOCALHOST_CERTIFICATE,
    logger: false,
    hideSTARTTLS: plain,
    authOptional: login === undefined,
    disabledCommands: [...(login ? [] : ['AUTH']), ...(plain ? ['STARTTLS'] : [])],
    onAuth: ({ username, password }, _session, done) =>
      username === login?.user && password === login?.password ? done(null, { user: username }) : done(refusal(535, 'Authentication failed')),
    onRcptTo: ({ address }, _session, done) => {
      const code = refused[address];
      done(code === undefined ? null : refusal(code, 'This address is refused'));
    },
    onData: (stream, session, done) => {
      const parts: Buffer[] = [];
      stream.on('data', (part: Buffer) => parts.push(part));
      stream.on('end', () => {
        const { mailFrom, rcptTo } = session.envelope;
        mails.push({
          from: mailFrom ? mailFrom.address : '',
          to: rcptTo.map(({ address }) => address),
          secure: session.secure,
          user: (session.user as string | undefined) ?? null,
          raw: Buffer.concat(parts).toString(),
        });
        done();
      });
    },
  });
  // A client that turns away at the certificate is its own affair.
  server.on('error', () => undefined);
  await new Promise<void>((resolve, reject) => {
    server.server.once('error', reject);
    server.listen(port, '127.0.0.1', () => resolve());
  });
  const stop = async (): Promise<void> => {
    forget();
    await new Promise<void>((resolve) => server.close(() => resolve()));
  };
  const forget = onExit(stop);
  return { port: (server.server.address() as AddressInfo).port, ca: LOCALHOST_CERTIFICATE.cert, mails, stop };
}

const refusal = (responseCode: number, message: string): Error => Object.assign(new Error(message), { responseCode });

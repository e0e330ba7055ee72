import { z } from 'zod';
import { SecretReference } from '../targets/registry';
import { checkedSettings, readSettings } from '../targets/settings-file';
import { LOOPBACK, isPlainHttpElsewhere, isWebAddress, namesALogin } from './addresses';

const Name = z.string().min(1).max(100);
const Secret = z.union(SecretReference.options, {
  error: 'a secret stands here by reference only: { env: NAME } or { file: /path }',
});
const Url = z
  .string()
  .refine(isWebAddress, 'write a whole address, such as https://host/path')
  .refine((url) => !isPlainHttpElsewhere(url), 'write https: plain http is for loopback only')
  .refine((url) => !namesALogin(url), 'take the user and password out of the address');

/** An address for mail, with or without a name before it: `runbooks@example.com`, `Runbooks <runbooks@example.com>`. */
const Mailbox = z
  .string()
  .max(320)
  .regex(/^(?:[^\p{Cc}<>@,;:"]{1,100} <[^\s@<>,;:"]+@[^\s@<>,;:"]+>|[^\s@<>,;:"]+@[^\s@<>,;:"]+)$/u, 'write one mail address');

const Slack = z.strictObject({
  by: z.literal('slack'),
  /** A bot's token with chat:write. */
  token: Secret,
  /** The channel's id (C…) or name. */
  channel: z.string().min(1),
  /** The base of the API, for servers that speak Slack's. */
  url: Url.default('https://slack.com/api/'),
});

const PagerDuty = z.strictObject({
  by: z.literal('pagerduty'),
  /** The integration key of a service (Events API v2). */
  routingKey: Secret,
  url: Url.default('https://events.pagerduty.com/v2/enqueue'),
});

const Email = z
  .strictObject({
    by: z.literal('email'),
    host: z.string().min(1),
    /** 465 is TLS from the first byte; on every other port STARTTLS is demanded. */
    port: z.int().min(1).max(65_535).default(587),
    tls: z.enum(['required', 'none']).default('required'),
    /** A file with the certificate authority of the mail server, where it is an own one (PEM). */
    ca: z.string().min(1).optional(),
    user: z.string().min(1).optional(),
    password: Secret.optional(),
    from: Mailbox,
    to: z.array(Mailbox).min(1).max(20),
  })
  .refine(({ tls, host }) => tls === 'required' || LOOPBACK.test(host), { path: ['tls'], message: 'mail without TLS is for loopback only' })
  .refine(({ user, password }) => (user === undefined) === (password === undefined), {
    path: ['user'],
    message: 'give user and password, or neither',
  });

const Webhook = z.strictObject({
  by: z.literal('webhook'),
  url: Url,
  /** Signing secrets in the form whsec_…; two while one takes the other's place. */
  secrets: z.array(Secret).min(1).max(2),
});

const ChannelConfig = z.discriminatedUnion('by', [Slack, PagerDuty, Email, Webhook]);
export type ChannelConfig = z.infer<typeof ChannelConfig>;
export type SlackConfig = z.infer<typeof Slack>;
export type PagerDutyConfig = z.infer<typeof PagerDuty>;
export type EmailConfig = z.infer<typeof Email>;
export type WebhookConfig = z.infer<typeof Webhook>;

const File = z
  .strictObject({
    /** The Temporal UI, for links to runs. */
    ui: Url.optional(),
    namespace: z.string().min(1).default('default'),
    channels: z.record(Name, ChannelConfig),
    /** Four channels of 10 seconds each fit into a minute, which is what a message may take. */
    recipients: z.record(Name, z.array(Name).min(1).max(4)),
    everyone: Name.optional(),
  })
  .superRefine(({ channels, recipients, everyone }, context) => {
    const problem = (path: (string | number)[], message: string): void => context.addIssue({ code: 'custom', path, message });
    for (const [recipient, names] of Object.entries(recipients))
      names.forEach((name, i) => {
        if (!Object.hasOwn(channels, name)) problem(['recipients', recipient, i], `there is no channel "${name}"`);
        if (names.indexOf(name) !== i) problem(['recipients', recipient, i], `"${name}" stands here twice`);
      });
    if (everyone !== undefined && !Object.hasOwn(recipients, everyone)) problem(['everyone'], `there is no recipient "${everyone}"`);
  });

/** What notify.yaml says. */
export interface NotifyConfig {
  /** The base address of the Temporal UI, and the namespace in it; null where links cannot be made. */
  readonly ui: { readonly url: string; readonly namespace: string } | null;
  readonly channels: ReadonlyMap<string, ChannelConfig>;
  readonly recipients: ReadonlyMap<string, readonly string[]>;
  /** Who gets what is for nobody known; null where such messages reach no one. */
  readonly everyone: string | null;
}

/** Reads notify.yaml; throws InvalidInput with every problem and its place. */
export const readNotifyConfig = (path: string): NotifyConfig =>
  notifyConfigOf(readSettings(path, 'Copy notify.example.yaml to notify.yaml, or name the file by RUNBOOKS_NOTIFY.'), path);

/** Checks the content of a notify file; throws InvalidInput with every problem and its place. */
export function notifyConfigOf(content: unknown, path = 'notify.yaml'): NotifyConfig {
  const { ui, namespace, channels, recipients, everyone } = checkedSettings(File, content, path);
  return {
    ui: ui === undefined ? null : { url: ui, namespace },
    channels: new Map(Object.entries(channels)),
    recipients: new Map(Object.entries(recipients)),
    everyone: everyone ?? null,
  };
}

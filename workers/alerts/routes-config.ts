import { z } from 'zod';
import { SecretReference } from '../../activities/targets/registry';
import { checkedSettings, readSettings } from '../../activities/targets/settings-file';
import { TargetName } from '../../workflows/contracts/params';
import { Span } from '../../workflows/contracts/span';

const Secrets = z.array(SecretReference).min(1).max(2);
/** How a source proves itself. Two secrets are for the time in which one replaces the other. */
const Authentication = z.discriminatedUnion('by', [
  z.strictObject({ by: z.literal('bearer'), tokens: Secrets }),
  z.strictObject({
    by: z.literal('hmac'),
    secrets: Secrets,
    /** The header with the hex digest, `sha256=` in front allowed. */
    header: z.string().min(1).default('x-signature'),
    /** The header with the seconds since 1970; signed as `<timestamp>.<body>` and at most 300 s off, either way. */
    timestampHeader: z.string().min(1).default('x-timestamp'),
  }),
  /** Grafana's HMAC over `<timestamp>:<body>`: the contact point must name the timestamp header, or nothing is protected against replay. */
  z.strictObject({
    by: z.literal('grafana'),
    secrets: Secrets,
    header: z.string().min(1).default('x-grafana-alerting-signature'),
    timestampHeader: z.string().min(1).default('x-grafana-alerting-timestamp'),
  }),
  /** PagerDuty's v3 signatures over the body. */
  z.strictObject({ by: z.literal('pagerduty'), secrets: Secrets }),
  /** Standard Webhooks, secrets of the form whsec_… */
  z.strictObject({ by: z.literal('standard-webhooks'), secrets: Secrets }),
]);

const FITS: Readonly<Record<string, readonly string[]>> = {
  alertmanager: ['bearer'],
  grafana: ['grafana', 'bearer'],
  pagerduty: ['pagerduty'],
  'standard-webhooks': ['standard-webhooks'],
  json: ['hmac', 'bearer'],
};

const Source = z
  .strictObject({
    kind: z.enum(['alertmanager', 'grafana', 'pagerduty', 'standard-webhooks', 'json']),
    authentication: Authentication,
    /** The targets that this source may name: whoever holds its credential can start runs on these and on no others. */
    targets: z.union([z.literal('all'), z.array(TargetName).min(1)]),
    /** An alert that always fires (Prometheus' Watchdog); its silence pages somebody. */
    watchdog: z.strictObject({ alertname: z.string().min(1).default('Watchdog'), within: Span.default('10 minutes') }).optional(),
  })
  .refine(({ kind, authentication }) => FITS[kind]?.includes(authentication.by), {
    error: ({ input }) =>
      `a source of kind ${(input as { kind: string }).kind} proves itself by ${FITS[(input as { kind: string }).kind]?.join(' or ') ?? ''}`,
    path: ['authentication'],
  });

const Wanted = z.union([z.string(), z.array(z.string()).min(1)]);
const FromLabel = z.strictObject({ label: z.string().min(1), default: z.string().optional() });
/** A value of the input: as it stands, or from the alert. A text from a label becomes a number where the runbook's input wants one. */
const Value = z.union([
  FromLabel,
  z.strictObject({ annotation: z.string().min(1) }),
  z.strictObject({ alert: z.enum(['startsAt', 'name']) }),
  z.json(),
]);

const Route = z.strictObject({
  name: z.string().min(1).max(60),
  /** Sources that it takes from. Default: all. */
  from: z.array(z.string()).min(1).optional(),
  /** Labels that an alert must have, each with one of the values. */
  match: z.record(z.string(), Wanted),
  target: z.union([TargetName, z.strictObject({ label: z.string().min(1) })]).default({ label: 'target' }),
  runbook: z.string().min(1),
  input: z.record(z.string(), Value).default({}),
  /** Labels that tell one problem from another. Default: all of the alert's. */
  identity: z.array(z.string()).min(1).optional(),
});

const Limits = z.strictObject({
  /** No new run of a runbook on a target for so long after one ended; what still fires then gets a further attempt, and a person is told. */
  coolDown: Span.default('15 minutes'),
  /** Automatic starts on one target in an hour; beyond it people are told and decide. */
  startsPerHour: z.int().positive().default(3),
  /** More targets than this with new alerts within `massWindow` are one mass incident: nothing that changes is started. */
  massTargets: z.int().positive().default(5),
  massWindow: Span.default('60 seconds'),
  /** A firing alert that is not heard of again for so long is believed to be over. Longer than the sender's repeat interval. */
  forgetAfter: Span.default('6 hours'),
});

export const RoutesFile = z.strictObject({
  sources: z.record(z.string().regex(/^[a-z0-9][a-z0-9-]{0,40}$/, 'a source has lower-case letters, digits and hyphens only'), Source),
  /** The first that matches counts. */
  routes: z.array(Route).min(1),
  /** The recipient of notify.yaml who is told of what the gateway will not do by itself. */
  pageTo: z.string().min(1).default('on-call engineer'),
  limits: Limits.prefault({}),
});
export type RoutesConfig = z.infer<typeof RoutesFile>;
export type SourceConfig = z.infer<typeof Source>;
export type RouteConfig = z.infer<typeof Route>;
export type RouteValue = z.infer<typeof Value>;

/** Reads routes.yaml; throws InvalidInput with every problem and its place. What a route may start is checked by `problemsOfRoutes`. */
export const readRoutes = (path: string): RoutesConfig =>
  checkedSettings(RoutesFile, readSettings(path, 'Copy routes.example.yaml to routes.yaml, or name the file by RUNBOOKS_ROUTES.'), path);

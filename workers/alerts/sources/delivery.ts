import { isUtf8 } from 'node:buffer';
import { ZodError } from 'zod';
import { problemsOf } from '../../../workflows/contracts/messages';
import type { SourceConfig } from '../routes-config';
import { alertmanager } from './alertmanager';
import { grafana } from './grafana';
import { json } from './json';
import { pagerduty } from './pagerduty';
import type { Parsed, SourceKind } from './source';
import { standardWebhooks } from './standard-webhooks';

const MAX_ALERTS = 10_000;

/** How the bytes of each kind of source are read. */
export const KINDS: Readonly<Record<SourceConfig['kind'], SourceKind>> = {
  alertmanager,
  grafana,
  pagerduty,
  'standard-webhooks': standardWebhooks,
  json,
};

/** Reads a verified body, or says in a sentence for the sender why it cannot be read. */
export function parseDelivery(kind: SourceKind, body: Buffer): Parsed | { readonly problem: string } {
  if (!isUtf8(body)) return { problem: 'The body is not UTF-8.' };
  try {
    const parsed = kind.parse(JSON.parse(body.toString('utf8')) as unknown);
    if (parsed.alerts.length <= MAX_ALERTS) return parsed;
    return { problem: `A delivery has at most ${MAX_ALERTS} alerts, and ${parsed.alerts.length} came; set max_alerts, or group them finer.` };
  } catch (error) {
    if (error instanceof ZodError) return { problem: problemsOf(error).slice(0, 20).join('; ').slice(0, 2_000) };
    return { problem: `The body is no JSON: ${(error as Error).message.slice(0, 200)}` };
  }
}

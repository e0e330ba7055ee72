import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { Verdict, Verify } from './verdict';

const CLOCK_WINDOW_S = 300;

/** A token in the Authorization header. Nothing of the delivery is signed: whoever reads it once can send anything. */
export const bearer =
  (tokens: readonly string[]): Verify =>
  (headers) => {
    const given = /^Bearer ([\x21-\x7e]+)$/i.exec(headers.authorization ?? '')?.[1];
    if (given === undefined) return refuse('no bearer token');
    // Digests of one length: neither the length nor the position of a difference can be timed.
    return some(tokens.map((token) => same(sha256(given), sha256(token)))) ? { ok: true, once: null } : refuse('another bearer token');
  };

/** HMAC-SHA256 in hex over timestamp, joint and body; Grafana joins by a colon, ours by a full stop. Source: grafana/alerting http/hmac.go. */
export const timed =
  (keys: readonly string[], names: { readonly header: string; readonly timestampHeader: string }, joint: '.' | ':'): Verify =>
  (headers, body, nowMs) => {
    const signature = text(headers, names.header);
    const timestamp = text(headers, names.timestampHeader);
    if (signature === undefined || timestamp === undefined) return refuse('no signature or no timestamp');
    const late = offClock(timestamp, nowMs);
    if (late) return refuse(late);
    const hex = /^(?:sha256=)?([0-9a-f]{64})$/.exec(signature)?.[1];
    if (hex === undefined) return refuse('the signature is no SHA-256 in lower-case hex');
    const right = keys.map((key) => same(Buffer.from(hex, 'hex'), hmac(key).update(`${timestamp}${joint}`).update(body).digest()));
    return some(right) ? { ok: true, once: sha256(`${timestamp}.`, body).toString('hex') } : refuse('another signature');
  };

/** PagerDuty v3: `v1=<hex>` for each of its secrets, over the body alone; the event's id in it is what a replay repeats. Source: PagerDuty developer-docs, webhooks. */
export const pagerduty =
  (keys: readonly string[]): Verify =>
  (headers, body) => {
    const given = (text(headers, 'x-pagerduty-signature') ?? '').split(',').flatMap((one) => /^ *v1=([0-9a-f]{64}) *$/.exec(one)?.[1] ?? []);
    if (!given.length) return refuse('no v1 signature');
    const right = keys.flatMap((key) => given.map((hex) => same(Buffer.from(hex, 'hex'), hmac(key).update(body).digest())));
    return some(right) ? { ok: true, once: sha256(body).toString('hex') } : refuse('another signature');
  };

/** Standard Webhooks: `v1,<base64>` over id, timestamp and body, joined by full stops. Source: the specification of Standard Webhooks. */
export const standardWebhooks =
  (secrets: readonly string[]): Verify =>
  (headers, body, nowMs) => {
    const [id, timestamp, signatures] = ['webhook-id', 'webhook-timestamp', 'webhook-signature'].map((name) => text(headers, name));
    if (!id || !timestamp || !signatures) return refuse('webhook-id, webhook-timestamp or webhook-signature is missing');
    const late = offClock(timestamp, nowMs);
    if (late) return refuse(late);
    const given = signatures.split(' ').flatMap((one) => /^v1,([A-Za-z0-9+/]{43}=)$/.exec(one)?.[1] ?? []);
    if (!given.length) return refuse('no v1 signature');
    const right = secrets.flatMap((secret) => {
      const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
      const wanted = createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body).digest();
      return given.map((one) => same(Buffer.from(one, 'base64'), wanted));
    });
    return some(right) ? { ok: true, once: sha256(id).toString('hex') } : refuse('another signature');
  };

const refuse = (why: string): Verdict => ({ ok: false, why });
const hmac = (key: string): ReturnType<typeof createHmac> => createHmac('sha256', key);
const same = (given: Buffer, wanted: Buffer): boolean => given.length === wanted.length && timingSafeEqual(given, wanted);
/** All were compared before this looks: which key fits cannot be timed. */
const some = (right: readonly boolean[]): boolean => right.includes(true);

function sha256(...parts: readonly (string | Buffer)[]): Buffer {
  const digest = createHash('sha256');
  for (const part of parts) digest.update(part);
  return digest.digest();
}

/** Why a clock is too far off, on either side; null where it is not. */
function offClock(timestamp: string, nowMs: number): string | null {
  if (!/^\d{10}$/.test(timestamp)) return 'the timestamp is not in seconds since 1970';
  const off = Math.abs(nowMs / 1_000 - Number(timestamp));
  return off > CLOCK_WINDOW_S ? `its clock is ${Math.round(off)} s off` : null;
}

function text(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = headers[name.toLowerCase()];
  return typeof value === 'string' ? value : undefined;
}

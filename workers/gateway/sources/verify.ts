import { createHmac, createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { secret } from '../../../activities/targets/secrets';
import type { SourceConfig } from '../routes-config';

const CLOCK_WINDOW_S = 300;

/** Whether a request is from who it says; the answer to a stranger never says what was wrong, `why` is for our own log. */
export type Verdict = { readonly ok: true } | { readonly ok: false; readonly why: string };

/** Verifies the credential over the raw bytes, before anything is parsed. Both sides of the clock window count. */
export type Verify = (headers: IncomingHttpHeaders, body: Buffer, nowMs: number) => Verdict;

/** The verification of a source; its secrets are read now, so that a missing one stops the start and not the first alert. */
export function verifierOf({ authentication }: Pick<SourceConfig, 'authentication'>): Verify {
  if (authentication.by === 'bearer') {
    const tokens = authentication.tokens.map((reference) => strong(secret(reference)));
    return (headers) => bearer(headers, tokens);
  }
  const keys = authentication.secrets.map((reference) => strong(secret(reference)));
  const [header, timestampHeader] = [authentication.header.toLowerCase(), authentication.timestampHeader.toLowerCase()];
  return (headers, body, nowMs) => hmac(text(headers, header), text(headers, timestampHeader), body, nowMs, keys);
}

function bearer(headers: IncomingHttpHeaders, tokens: readonly string[]): Verdict {
  const given = /^Bearer ([\x21-\x7e]+)$/i.exec(headers.authorization ?? '')?.[1];
  if (given === undefined) return { ok: false, why: 'no bearer token' };
  // Digests of one length: neither the length nor the position of a difference can be timed.
  const matches = tokens.map((token) => timingSafeEqual(digest(given), digest(token)));
  return matches.includes(true) ? { ok: true } : { ok: false, why: 'another bearer token' };
}

function hmac(signature: string | undefined, timestamp: string | undefined, body: Buffer, nowMs: number, keys: readonly string[]): Verdict {
  if (signature === undefined || timestamp === undefined) return { ok: false, why: 'no signature or no timestamp' };
  if (!/^\d{10}$/.test(timestamp)) return { ok: false, why: 'the timestamp is not in seconds since 1970' };
  const off = Math.abs(nowMs / 1_000 - Number(timestamp));
  if (off > CLOCK_WINDOW_S) return { ok: false, why: `its clock is ${Math.round(off)} s off` };
  const hex = /^(?:sha256=)?([0-9a-f]{64})$/.exec(signature)?.[1];
  if (hex === undefined) return { ok: false, why: 'the signature is no SHA-256 in lower-case hex' };
  const matches = keys.map((key) =>
    timingSafeEqual(Buffer.from(hex, 'hex'), createHmac('sha256', key).update(`${timestamp}.`).update(body).digest()),
  );
  return matches.includes(true) ? { ok: true } : { ok: false, why: 'another signature' };
}

const digest = (value: string): Buffer => createHash('sha256').update(value).digest();

function text(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = headers[name];
  return typeof value === 'string' ? value : undefined;
}

function strong(value: string): string {
  if (value.length >= 16) return value;
  throw new Error('A secret of routes.yaml has fewer than 16 characters; make one with "openssl rand -hex 32".');
}

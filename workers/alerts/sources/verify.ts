import { createHash } from 'node:crypto';
import { secret } from '../../../activities/targets/secrets';
import type { SourceConfig } from '../routes-config';
import { bearer, pagerduty, standardWebhooks, timed } from './signatures';
import type { Verdict, Verify } from './verdict';

/** The verification of a source; its secrets are read now, so that a missing one stops the start and not the first alert. */
export function verifierOf({ authentication }: Pick<SourceConfig, 'authentication'>): Verify {
  const secrets = ('tokens' in authentication ? authentication.tokens : authentication.secrets).map((reference) =>
    strong(secret(reference, 'routes.yaml names for a source')),
  );
  switch (authentication.by) {
    case 'bearer':
      return bearer(secrets);
    case 'hmac':
      return timed(secrets, authentication, '.');
    case 'grafana':
      return timed(secrets, authentication, ':');
    case 'pagerduty':
      return pagerduty(secrets);
    case 'standard-webhooks':
      return standardWebhooks(secrets);
  }
}

/** What a delivery is known by: what was signed, else the sender's own id, else its bytes. */
export const deliveryKey = (
  verdict: Extract<Verdict, { ok: true }>,
  id: string | null,
  body: Buffer,
): { readonly key: string; readonly once: boolean } =>
  verdict.once === null ? { key: id ?? createHash('sha256').update(body).digest('hex'), once: false } : { key: verdict.once, once: true };

function strong(value: string): string {
  if (value.length >= 16) return value;
  throw new Error('A secret of routes.yaml has fewer than 16 characters; make one with "openssl rand -hex 32".');
}

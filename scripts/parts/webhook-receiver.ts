import { createHmac, timingSafeEqual } from 'node:crypto';
import { startHttpListener, type HttpAnswer, type HttpRequest } from './http-listener';

/*
 * A receiver of Standard Webhooks that takes nothing unsigned: it verifies the signature by the published scheme, with code of its own,
 * refuses old timestamps, and drops what it has seen under the same id.
 */

/** A delivery that was verified. */
export interface Delivery {
  readonly id: string;
  readonly body: { readonly type: string; readonly timestamp: string; readonly data: Readonly<Record<string, unknown>> };
}

/** A running receiver. */
export interface WebhookReceiver {
  /** For `url` in notify.yaml. */
  readonly url: string;
  /** Each id once. */
  readonly deliveries: Delivery[];
  /** Every request that came, whatever became of it. */
  readonly requests: HttpRequest[];
  /** Answers of the next requests, first in first out; then it works again. */
  readonly faults: HttpAnswer[];
  stop(): Promise<void>;
}

/** Starts the receiver; it trusts one secret of the form whsec_…. */
export async function startWebhookReceiver(options: { readonly secret: string; readonly port?: number }): Promise<WebhookReceiver> {
  const deliveries: Delivery[] = [];
  const requests: HttpRequest[] = [];
  const faults: HttpAnswer[] = [];
  const listener = await startHttpListener((request) => {
    requests.push(request);
    const fault = faults.shift();
    if (fault !== undefined) return fault;
    const [id, timestamp, signature] = ['webhook-id', 'webhook-timestamp', 'webhook-signature'].map((name) => String(request.headers[name] ?? ''));
    if (Math.abs(Date.now() / 1_000 - Number(timestamp)) > 300) return { status: 400 };
    if (!isSigned(options.secret, `${id}.${timestamp}.${request.body.toString()}`, signature ?? '')) return { status: 401 };
    if (id && !deliveries.some((delivery) => delivery.id === id))
      deliveries.push({ id, body: JSON.parse(request.body.toString()) as Delivery['body'] });
    return { status: 204 };
  }, options.port);
  return { url: `${listener.url}/hooks/runbooks`, deliveries, requests, faults, stop: () => listener.stop() };
}

/** Whether one of the signatures in a header is right for a content. */
export function isSigned(secret: string, content: string, header: string): boolean {
  const wanted = createHmac('sha256', Buffer.from(secret.replace('whsec_', ''), 'base64'))
    .update(content)
    .digest();
  return header.split(' ').some((one) => {
    const [version, value = ''] = one.split(',');
    const given = Buffer.from(value, 'base64');
    return version === 'v1' && given.length === wanted.length && timingSafeEqual(given, wanted);
  });
}

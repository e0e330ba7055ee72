import { startHttpListener, type HttpAnswer } from './http-listener';

/*
 * A server that speaks PagerDuty's Events API v2: events of one key and service fold into the alert that is open for them,
 * a resolve closes it, and a resolve of nothing is dropped. What is no event is answered with 400.
 */

/** An alert, with every event that went into it. */
export interface PagerAlert {
  readonly routingKey: string;
  readonly dedupKey: string;
  readonly summaries: string[];
  readonly severities: string[];
  readonly details: Readonly<Record<string, string>>;
  open: boolean;
}

/** A running server. */
export interface PagerServer {
  /** For `url` in notify.yaml. */
  readonly url: string;
  readonly alerts: PagerAlert[];
  readonly requests: string[];
  /** Answers of the next requests, first in first out; then it works again. */
  readonly faults: HttpAnswer[];
  stop(): Promise<void>;
}

interface PagerEvent {
  readonly routing_key?: unknown;
  readonly event_action?: unknown;
  readonly dedup_key?: unknown;
  readonly payload?: {
    readonly summary?: unknown;
    readonly source?: unknown;
    readonly severity?: unknown;
    readonly custom_details?: Record<string, string>;
  };
}

/** Starts the server; it knows the given routing keys. */
export async function startPagerServer(options: { readonly routingKeys: readonly string[]; readonly port?: number }): Promise<PagerServer> {
  const alerts: PagerAlert[] = [];
  const requests: string[] = [];
  const faults: HttpAnswer[] = [];
  const listener = await startHttpListener(({ method, path, body }) => {
    requests.push(body.toString());
    const fault = faults.shift();
    if (fault !== undefined) return fault;
    if (method !== 'POST' || path !== '/v2/enqueue') return { status: 404 };
    const event = JSON.parse(body.toString()) as PagerEvent;
    const problem = problemOf(event, body.length, options.routingKeys);
    if (problem) return { status: 400, json: { status: 'invalid event', errors: [problem] } };
    return { status: 202, json: { status: 'success', message: 'Event processed', dedup_key: take(alerts, event) } };
  }, options.port);
  return { url: `${listener.url}/v2/enqueue`, alerts, requests, faults, stop: () => listener.stop() };
}

function take(alerts: PagerAlert[], event: PagerEvent): string {
  const [routingKey, dedupKey] = [String(event.routing_key), String(event.dedup_key)];
  const open = alerts.find((alert) => alert.open && alert.routingKey === routingKey && alert.dedupKey === dedupKey);
  if (event.event_action === 'resolve') {
    if (open) open.open = false;
    return dedupKey;
  }
  const [summary, severity] = [String(event.payload?.summary), String(event.payload?.severity)];
  if (open) {
    open.summaries.push(summary);
    open.severities.push(severity);
  } else {
    alerts.push({ routingKey, dedupKey, summaries: [summary], severities: [severity], details: event.payload?.custom_details ?? {}, open: true });
  }
  return dedupKey;
}

function problemOf({ routing_key, event_action, dedup_key, payload }: PagerEvent, bytes: number, routingKeys: readonly string[]): string | null {
  if (bytes > 512 * 1024) return 'the event is larger than 512 KB';
  if (typeof routing_key !== 'string' || !routingKeys.includes(routing_key)) return 'Invalid routing key';
  if (typeof dedup_key !== 'string' || dedup_key.length > 255) return "'dedup_key' is missing or too long";
  if (event_action === 'resolve') return null;
  if (event_action !== 'trigger') return "'event_action' is invalid";
  const { summary, source, severity } = payload ?? {};
  if (typeof summary !== 'string' || summary === '' || summary.length > 1_024) return "'payload.summary' is missing or too long";
  if (typeof source !== 'string' || source === '') return "'payload.source' is missing or blank";
  return ['critical', 'error', 'warning', 'info'].includes(String(severity)) ? null : "'payload.severity' is invalid";
}

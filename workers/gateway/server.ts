import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import type { InboxStore } from './inbox-store';
import type { Intake } from './intake';
import type { GatewayMetrics } from './metrics';
import type { RoutesConfig } from '../alerts/routes-config';
import { KINDS, parseDelivery } from '../alerts/sources/delivery';
import type { SourceKind } from '../alerts/sources/source';
import type { Verify } from '../alerts/sources/verdict';
import { deliveryKey, verifierOf } from '../alerts/sources/verify';
import type { Starter } from './starter';

const MAX_BYTES = 8 * 1_024 * 1_024;
/** PagerDuty waits 5 seconds; what is not decided by then comes again. */
const ANSWERS_TIMEOUT_MS = 4_000;
const COME_AGAIN_S = 5;

export interface ServerParts {
  readonly config: RoutesConfig;
  readonly intake: Intake;
  readonly store: InboxStore;
  readonly starter: Starter;
  readonly metrics: GatewayMetrics;
  readonly log: (message: string) => void;
  readonly now: () => number;
}

interface Door {
  readonly kind: SourceKind;
  readonly verify: Verify;
  readonly watchdog: string | null;
}

/** The HTTP server: verifies raw bytes, then parses; answers 2xx only when inbox and Temporal have it. */
export function gatewayServer(parts: ServerParts): FastifyInstance {
  const { config, metrics, now } = parts;
  const doors = new Map(
    Object.entries(config.sources).map(([name, source]): [string, Door] => [
      name,
      { kind: KINDS[source.kind], verify: verifierOf(source), watchdog: source.watchdog?.alertname ?? null },
    ]),
  );
  const server = Fastify({ bodyLimit: MAX_BYTES, requestTimeout: 30_000, connectionTimeout: 60_000, logger: false });
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  server.setErrorHandler((error: { statusCode?: number; message: string }, _request, reply) => {
    const status = error.statusCode ?? 500;
    // The rest of a body that is too large is read and thrown away: a connection that is cut meanwhile would never hear the answer.
    if (status === 413) reply.removeHeader('connection');
    const says =
      status === 413
        ? `A delivery has at most ${MAX_BYTES} bytes.`
        : status < 500
          ? error.message
          : 'The delivery could not be taken now; send it again.';
    return reply
      .code(status < 500 ? status : 503)
      .header('retry-after', COME_AGAIN_S)
      .send({ error: says });
  });

  server.post<{ Params: { source: string } }>('/webhooks/:source', async (request, reply) => {
    const began = performance.now();
    const name = request.params.source;
    const door = doors.get(name);
    const answer = await answerDelivery(parts, name, door, request, reply);
    metrics.deliveries.inc({ source: door ? name : 'unknown', status: String(reply.statusCode) });
    metrics.seconds.observe((performance.now() - began) / 1_000);
    return answer;
  });

  server.get('/healthz', async (_request, reply) => {
    const [inbox, temporal] = await Promise.all([works(() => parts.store.ping()), works(() => parts.starter.ping())]);
    return reply.code(inbox === true && temporal === true ? 200 : 503).send({ inbox, temporal, at: new Date(now()).toISOString() });
  });
  server.get('/metrics', async (_request, reply) => reply.type(metrics.registry.contentType).send(await metrics.registry.metrics()));
  return server;
}

async function answerDelivery(
  parts: ServerParts,
  name: string,
  door: Door | undefined,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<unknown> {
  const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
  const verdict = door?.verify(request.headers, body, parts.now()) ?? { ok: false as const, why: 'no such source' };
  if (!door || !verdict.ok) {
    parts.log(`Refused a delivery for ${JSON.stringify(name.slice(0, 50))}: ${verdict.ok ? '' : verdict.why}.`);
    // A stranger learns neither which sources there are nor what was wrong.
    return reply.code(401).send({ error: 'The delivery is not signed as its source should sign it.' });
  }
  const overload = parts.intake.overload;
  if (overload) return comeAgain(reply, overload);
  const parsed = parseDelivery(door.kind, body);
  if ('problem' in parsed) {
    parts.log(`A delivery of ${name} cannot be read: ${parsed.problem}`);
    return reply.code(400).send({ error: parsed.problem });
  }
  const alive = parsed.alerts.some(({ labels, status }) => labels['alertname'] === door.watchdog && status === 'firing');
  const alerts = parsed.alerts.filter(({ labels }) => labels['alertname'] !== door.watchdog);
  const delivery = {
    source: name,
    ...deliveryKey(verdict, door.kind.deliveryId(request.headers), body),
    alerts: parsed.alerts.length,
    truncated: parsed.truncated,
  };
  try {
    const heard = alive ? parts.store.heard(name, parts.now()) : Promise.resolve();
    const [fates] = await within(Promise.all([parts.intake.take({ delivery, alerts }), heard]));
    for (const { state } of fates) parts.metrics.alerts.inc({ source: name, state });
    for (const { alert, because, state } of fates)
      if (state === 'unroutable') parts.log(`Not routed: ${JSON.stringify(alert.slice(0, 100))} of ${name}: ${because}.`);
    return reply.code(202).send({ alerts: fates.slice(0, 100), truncated: parsed.truncated });
  } catch (error) {
    parts.log(`A delivery of ${name} is not accepted: ${error instanceof Error ? error.message : String(error)}`);
    return comeAgain(reply, 'the inbox or Temporal does not answer');
  }
}

const comeAgain = (reply: FastifyReply, why: string): FastifyReply =>
  reply
    .code(503)
    .header('retry-after', COME_AGAIN_S)
    .send({ error: `Not taken now (${why}); send it again.` });

function within<T>(work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no decision within ${ANSWERS_TIMEOUT_MS} ms`)), ANSWERS_TIMEOUT_MS);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}

async function works(look: () => Promise<unknown>): Promise<true | string> {
  try {
    await look();
    return true;
  } catch (error) {
    return (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? 'no answer';
  }
}

import { startHttpListener, type HttpAnswer, type HttpRequest } from './http-listener';

/*
 * A server that speaks the part of Slack's Web API that messages need: chat.postMessage and chat.update, with form or JSON bodies.
 * It refuses what Slack refuses: a wrong token, an unknown channel or message, texts and blocks over their limits.
 */

/** A message as the server holds it. */
export interface SlackMessage {
  readonly channel: string;
  readonly ts: string;
  readonly threadTs: string | null;
  readonly broadcast: boolean;
  text: string;
  blocks: readonly { readonly type: string; readonly text?: { readonly type: string; readonly text: string } }[];
  edits: number;
}

/** A running server. */
export interface SlackServer {
  /** The base of the API, for `url` in notify.yaml. */
  readonly url: string;
  readonly messages: SlackMessage[];
  /** Every request that came, whatever became of it. */
  readonly requests: string[];
  /** Answers of the next requests, first in first out; then it works again. */
  readonly faults: (HttpAnswer | { readonly error: string })[];
  stop(): Promise<void>;
}

/** Starts the server; it knows one token and some channels. */
export async function startSlackServer(options: {
  readonly token: string;
  readonly channels: readonly string[];
  readonly port?: number;
}): Promise<SlackServer> {
  const messages: SlackMessage[] = [];
  const requests: string[] = [];
  const faults: SlackServer['faults'] = [];
  const listener = await startHttpListener((request) => {
    requests.push(request.path);
    const fault = faults.shift();
    if (fault !== undefined) return fault !== 'hang' && 'error' in fault ? refuse(fault.error) : fault;
    if (request.headers.authorization !== `Bearer ${options.token}`) return refuse('invalid_auth');
    const sent = argumentsOf(request);
    const problem = problemOf(sent);
    if (problem) return refuse(problem);
    if (request.path === '/api/chat.postMessage') return post(messages, options.channels, sent);
    if (request.path === '/api/chat.update') return update(messages, sent);
    return refuse('unknown_method');
  }, options.port);
  return { url: `${listener.url}/api/`, messages, requests, faults, stop: () => listener.stop() };
}

type Sent = Readonly<Record<string, unknown>>;

const refuse = (error: string): HttpAnswer => ({ status: 200, json: { ok: false, error } });

function post(messages: SlackMessage[], channels: readonly string[], sent: Sent): HttpAnswer {
  const channel = String(sent['channel']);
  if (!channels.includes(channel)) return refuse('channel_not_found');
  const threadTs = typeof sent['thread_ts'] === 'string' ? sent['thread_ts'] : null;
  if (threadTs !== null && !messages.some(({ ts }) => ts === threadTs)) return refuse('thread_not_found');
  const ts = `1700000000.${String(messages.length + 1).padStart(6, '0')}`;
  messages.push({ channel, ts, threadTs, broadcast: String(sent['reply_broadcast']) === 'true', ...contentOf(sent), edits: 0 });
  return { status: 200, json: { ok: true, channel, ts } };
}

function update(messages: readonly SlackMessage[], sent: Sent): HttpAnswer {
  const message = messages.find(({ channel, ts }) => channel === sent['channel'] && ts === sent['ts']);
  if (!message) return refuse('message_not_found');
  Object.assign(message, contentOf(sent));
  message.edits += 1;
  return { status: 200, json: { ok: true, channel: message.channel, ts: message.ts } };
}

/** Form fields hold structures as JSON text. */
function argumentsOf({ headers, body }: HttpRequest): Sent {
  if (headers['content-type']?.startsWith('application/json')) return JSON.parse(body.toString()) as Sent;
  const fields = Object.fromEntries(new URLSearchParams(body.toString())) as Record<string, unknown>;
  if (typeof fields['blocks'] === 'string') fields['blocks'] = JSON.parse(fields['blocks']);
  return fields;
}

const contentOf = (sent: Sent): Pick<SlackMessage, 'text' | 'blocks'> => ({
  text: typeof sent['text'] === 'string' ? sent['text'] : '',
  blocks: (sent['blocks'] ?? []) as SlackMessage['blocks'],
});

function problemOf(sent: Sent): string | null {
  const { text, blocks } = contentOf(sent);
  if (text === '' && blocks.length === 0) return 'no_text';
  if (text.length > 40_000) return 'msg_too_long';
  const limits: Readonly<Record<string, number>> = { header: 150, section: 3_000 };
  const wrong = blocks.some((block) => (block.text?.text.length ?? 1) < 1 || (block.text?.text.length ?? 0) > (limits[block.type] ?? Infinity));
  return wrong || blocks.length > 50 ? 'invalid_blocks' : null;
}

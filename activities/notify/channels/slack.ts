import { WebAPIHTTPError, WebAPIPlatformError, WebAPIRateLimitedError, WebAPIRequestError, WebClient, type LogLevel } from '@slack/web-api';
import type { Notification } from '../../../workflows/contracts/notification';
import { hostOf } from '../addresses';
import { ChannelFailure, SOON, type Channel } from '../channel';
import { jsonText } from '../json-text';
import type { SlackConfig } from '../notify-config';
import { noAnswer } from '../post-json';
import { secretOf } from '../secret-of';
import { slackMessage } from '../slack-blocks';
import type { Rendered } from '../templates';

/** Where a message stands in Slack; as a reference `channel:ts`. */
interface Place {
  readonly channel: string;
  readonly ts: string;
}

// Nobody is told of an edit, so what somebody must hear of is posted into the thread too; what waits for a person, into the channel as well.
const ALSO_IN_THREAD: readonly Notification['body']['template'][] = ['update', 'escalation', 'approval request'];
const ALSO_IN_CHANNEL: readonly Notification['body']['template'][] = ['escalation', 'approval request'];

/** A channel of Slack. One thing has one message, which is edited as its state changes. */
export function slackChannel(name: string, config: SlackConfig): Channel {
  return {
    name,
    by: 'slack',
    async send(message, notification, earlier, signal) {
      const client = clientOf(config, secretOf(name, config.token), signal);
      try {
        const place = placeOf(earlier);
        if (place === null || !(await isKept(client, place, message, notification))) return await post(client, config.channel, message, {});
        return `${place.channel}:${place.ts}`;
      } catch (error) {
        throw explainFailure(hostOf(config.url), error);
      }
    },
  };
}

/** Edits the message of this matter and writes into its thread; false where the message is gone and a new one is due. */
async function isKept(client: WebClient, place: Place, message: Rendered, { body: { template } }: Notification): Promise<boolean> {
  try {
    // An escalation leaves the message as it is: it says what the matter is, and the thread says who was asked.
    if (template !== 'escalation') await client.chat.update({ ...place, ...contentOf(message), link_names: false, parse: 'none' });
    if (ALSO_IN_THREAD.includes(template))
      await post(client, place.channel, message, { thread_ts: place.ts, reply_broadcast: ALSO_IN_CHANNEL.includes(template) });
    return true;
  } catch (error) {
    if (error instanceof WebAPIPlatformError && GONE.includes(error.data.error)) return false;
    throw error;
  }
}

const GONE = ['message_not_found', 'cant_update_message', 'edit_window_closed', 'thread_not_found', 'channel_not_found'];

async function post(
  client: WebClient,
  channel: string,
  message: Rendered,
  thread: { readonly thread_ts?: string; readonly reply_broadcast?: boolean },
): Promise<string | null> {
  const sent = await client.apiCall('chat.postMessage', {
    channel,
    ...contentOf(message),
    ...thread,
    link_names: false,
    parse: 'none',
    unfurl_links: false,
    unfurl_media: false,
  });
  const { channel: at, ts } = sent as { channel?: string; ts?: string };
  return at && ts ? `${at}:${ts}` : null;
}

const contentOf = (message: Rendered) => JSON.parse(jsonText(slackMessage(message))) as { text: string; blocks: never[] };

function placeOf(reference: string | null): Place | null {
  const [channel, ts] = reference?.split(':') ?? [];
  return channel && ts ? { channel, ts } : null;
}

function clientOf(config: SlackConfig, token: string, signal: AbortSignal): WebClient {
  return new WebClient(token, {
    slackApiUrl: config.url,
    allowAbsoluteUrls: false,
    // Retries are ours, within the time that a channel has.
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
    // The package would write to the worker's log what it has to say.
    logger: SILENT,
    fetch: (url, init) => fetch(url, { ...(init as RequestInit), signal }),
  });
}

const SILENT = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  setLevel: () => undefined,
  getLevel: () => 'error' as LogLevel,
  setName: () => undefined,
};

function explainFailure(where: string, error: unknown): ChannelFailure {
  if (error instanceof ChannelFailure) return error;
  if (error instanceof WebAPIRateLimitedError) return new ChannelFailure(`${where} limits our rate.`, { afterMs: error.retryAfter * 1_000 });
  if (error instanceof WebAPIPlatformError) return platformFailure(where, error.data.error);
  if (error instanceof WebAPIHTTPError)
    return new ChannelFailure(`${where} answers ${error.statusCode}.`, error.statusCode >= 500 || error.statusCode === 429 ? SOON : null);
  if (error instanceof WebAPIRequestError) return noAnswer(where, error.original);
  return new ChannelFailure(`${where} gives an answer that is none of Slack's.`, SOON);
}

const PASSING = ['internal_error', 'fatal_error', 'service_unavailable', 'request_timeout', 'ratelimited', 'team_added_to_org'];

// Slack's errors are words such as `channel_not_found`; anything else is not shown, because it could repeat what was sent.
function platformFailure(where: string, said: unknown): ChannelFailure {
  const word = typeof said === 'string' && /^[a-z_]{1,60}$/.test(said) ? said : 'an unknown error';
  return new ChannelFailure(`${where} refuses the message: ${word}.`, PASSING.includes(word) ? SOON : null);
}

import { hostOf } from './addresses';
import { ChannelFailure, SOON } from './channel';

/** Sends JSON text by POST and returns once the receiver has taken it (2xx); follows no redirect. Throws ChannelFailure. */
export async function postJson(url: string, body: string, headers: Readonly<Record<string, string>>, signal: AbortSignal): Promise<void> {
  let response: Response;
  try {
    response = await fetch(url, {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/json', 'user-agent': 'pg-runbooks', ...headers },
      redirect: 'manual',
      signal,
    });
  } catch (error) {
    throw noAnswer(hostOf(url), error);
  }
  // What it says is not shown: a receiver may well repeat the request, credentials included.
  await response.body?.cancel().catch(() => undefined);
  const { status } = response;
  if (status >= 200 && status < 300) return;
  const where = hostOf(url);
  if (status >= 300 && status < 400) throw new ChannelFailure(`${where} answers ${status}, a redirect, and none is followed: correct the address.`);
  if (status === 410) throw new ChannelFailure(`${where} answers 410: nobody listens there any more. Take the channel out, or correct its address.`);
  if (status === 401 || status === 403) throw new ChannelFailure(`${where} refuses our credentials (${status}).`);
  const again = status === 408 || status === 429 || status >= 500 ? { afterMs: retryAfterMs(response.headers.get('retry-after')) } : null;
  throw new ChannelFailure(`${where} answers ${status}.`, again);
}

/** A failure for a request that got no answer, from what the client of Node threw. */
export function noAnswer(where: string, error: unknown): ChannelFailure {
  const { name, cause, code } = error as { name?: string; cause?: { code?: string }; code?: string };
  if (name === 'AbortError' || name === 'TimeoutError') return new ChannelFailure(`${where} did not answer in time.`);
  const said = cause?.code ?? code;
  return new ChannelFailure(`${where} cannot be reached${typeof said === 'string' ? ` (${said})` : ''}.`, SOON);
}

/** What a `Retry-After` demands, in milliseconds; 0 where it is missing or no number of seconds. */
const retryAfterMs = (header: string | null): number => (header !== null && /^\d{1,9}$/.test(header) ? Number(header) * 1_000 : 0);

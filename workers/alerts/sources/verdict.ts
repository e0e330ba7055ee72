import type { IncomingHttpHeaders } from 'node:http';

/**
 * Whether a request is from who it says. `once` is what a replay would repeat, as far as it is signed; null where nothing is.
 * The answer to a stranger never says what was wrong; `why` is for our own log.
 */
export type Verdict = { readonly ok: true; readonly once: string | null } | { readonly ok: false; readonly why: string };

/** Verifies the credential over the raw bytes, before anything is parsed. Both sides of the clock window count. */
export type Verify = (headers: IncomingHttpHeaders, body: Buffer, nowMs: number) => Verdict;

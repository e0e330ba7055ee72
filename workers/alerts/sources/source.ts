import type { IncomingHttpHeaders } from 'node:http';
import type { Alert } from '../../../workflows/contracts/alert';

/** What a body says, whatever system sent it. */
export interface Parsed {
  readonly alerts: readonly Alert[];
  /** Alerts that the sender left out. */
  readonly truncated: number;
}

/** A kind of sender: how its bytes are read after they were verified. */
export interface SourceKind {
  /** Throws an Error with a sentence for the sender. */
  parse(body: unknown): Parsed;
  /** The sender's own id of a delivery; null where it has none, then the digest of the bytes is the id. */
  deliveryId(headers: IncomingHttpHeaders): string | null;
}

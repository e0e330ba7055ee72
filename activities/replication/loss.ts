import type { Sample, Seen } from '../control/samples';
import { bytesAhead } from './lsn';

/** How many bytes of acknowledged WAL a promotion may lose: a number, or null for unknown; never 0 without a proof. */
export interface Loss {
  readonly bytes: number | null;
  /** Whether a quorum proof says that nothing acknowledged can be missing. */
  readonly proved: boolean;
  readonly says: string;
}

export interface Position {
  readonly name: string;
  readonly lsn: string;
}

/** Samples that are older tell nothing of the moment of death. */
const OLDEST_SECONDS = 600;

/** What may be lost when the best of the nodes that answer is promoted. */
export function lossOf(samples: readonly Sample[], best: Position, answering: readonly string[], timeline: number): Loss {
  const proof = quorumProof(samples, best.name, answering);
  if (proof) return { bytes: 0, proved: true, says: proof };
  const at = samples.findIndex(({ primary }) => primary !== null);
  const newest = samples[at];
  if (!newest?.primary) return unknown('the sampler has stored nothing of this cluster');
  if (newest.ageSeconds > OLDEST_SECONDS) return unknown(`the newest sample is ${Math.round(newest.ageSeconds)} seconds old`);
  if (newest.primary.timeline !== timeline) return unknown(`the newest sample is of timeline ${newest.primary.timeline}`);
  const known = Math.max(0, bytesAhead(newest.primary.lsn, best.lsn));
  // After its last sample the primary went on for an unknown time, at the longest until the first look that found nobody.
  const blindSeconds = newest.ageSeconds - (samples[at - 1]?.ageSeconds ?? 0);
  const rate = fastest(samples.slice(at).flatMap(({ primary, ageSeconds }) => (primary ? [{ ...primary, ageSeconds }] : [])));
  if (rate === null) return unknown('there are not two samples to tell how fast it wrote');
  const guessed = Math.ceil(2 * rate * blindSeconds);
  return {
    bytes: known + guessed,
    proved: false,
    says: `${known} bytes that the primary had at its last sample and ${best.name} has not; and at twice the fastest rate seen (${Math.round(rate)} bytes/s) ${guessed} bytes in the ${blindSeconds.toFixed(1)} seconds after it, of which nobody knows`,
  };
}

const unknown = (why: string): Loss => ({ bytes: null, proved: false, says: `unknown: ${why}` });

/** The fastest writing between neighbouring samples, in bytes per second. */
function fastest(samples: readonly (Seen & { ageSeconds: number })[]): number | null {
  let rate: number | null = null;
  for (const [i, later] of samples.slice(0, 20).entries()) {
    const earlier = samples[i + 1];
    if (!earlier || earlier.timeline !== later.timeline) break;
    const seconds = Math.max(0.1, earlier.ageSeconds - later.ageSeconds);
    rate = Math.max(rate ?? 0, bytesAhead(later.lsn, earlier.lsn) / seconds);
  }
  return rate;
}

/** How many samples in a row must name the same synchronous standbys: a changing setting proves nothing. */
const STEADY = 3;

/**
 * The quorum rule: with `ANY k (N names)` at least N - k + 1 of them must answer (R + W > N), then the best of them has every
 * acknowledged commit; with `FIRST k` any node that was in state `sync` in each of the last samples has. Sessions with
 * synchronous_commit local or off are outside every proof.
 */
export function quorumProof(samples: readonly Sample[], best: string, answering: readonly string[]): string | null {
  const recent = samples.flatMap(({ primary }) => (primary ? [primary] : [])).slice(0, STEADY);
  const [newest] = recent;
  if (!newest || recent.length < STEADY || recent.some(({ syncNames }) => syncNames !== newest.syncNames)) return null;
  const rule = parseSyncNames(newest.syncNames);
  if (!rule || rule.names.includes('*')) return null;
  const outside = 'sessions with synchronous_commit = local or off are outside this proof';
  if (rule.kind === 'any') {
    const heard = rule.names.filter((name) => answering.includes(name));
    const needed = rule.names.length - rule.count + 1;
    if (heard.length < needed || !heard.includes(best)) return null;
    return `nothing acknowledged: ${newest.syncNames}, and ${heard.length} of ${rule.names.length} answer (at least ${needed} needed), ${best} being the furthest; ${outside}`;
  }
  const wasSync = recent.every(({ members }) => members.some(({ name, sync }) => name === best && sync === 'sync'));
  return wasSync ? `nothing acknowledged: ${best} was synchronous (${newest.syncNames}) in the last ${STEADY} samples; ${outside}` : null;
}

export interface SyncRule {
  readonly kind: 'any' | 'first';
  readonly count: number;
  readonly names: readonly string[];
}

/** Reads synchronous_standby_names; null where it is empty. Source: PostgreSQL documentation 20.6.2. */
export function parseSyncNames(text: string): SyncRule | null {
  const trimmed = text.trim();
  if (trimmed === '') return null;
  const list = /^(?:(any|first)\s+)?(\d+)\s*\(([^)]*)\)$/i.exec(trimmed);
  const names = (list?.[3] ?? trimmed).split(',').map((name) => name.trim().replace(/^"(.*)"$/, '$1'));
  return { kind: list?.[1]?.toLowerCase() === 'any' ? 'any' : 'first', count: Number(list?.[2] ?? 1), names };
}

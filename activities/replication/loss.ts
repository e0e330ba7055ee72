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

/** One page of WAL: a primary that stood still in every sample may still have acknowledged a commit after the last one. */
const LEAST_BYTES = 8_192;

/**
 * What may be lost when the best of the nodes that answer is promoted. `mayStillWrite`: nobody knows that the old primary was off when
 * it stopped answering us (a cut network looks the same), so that it may have gone on acknowledging until now.
 */
export function lossOf(
  samples: readonly Sample[],
  best: Position,
  answering: readonly string[],
  { timeline, mayStillWrite }: { readonly timeline: number; readonly mayStillWrite: boolean },
): Loss {
  const proof = quorumProof(samples, best.name, answering, timeline);
  if (proof) return { bytes: 0, proved: true, says: proof };
  const at = samples.findIndex(({ primary }) => primary !== null);
  const newest = samples[at];
  if (!newest?.primary) return unknown('the sampler has stored nothing of this cluster');
  if (newest.ageSeconds > OLDEST_SECONDS) return unknown(`the newest sample is ${Math.round(newest.ageSeconds)} seconds old`);
  if (newest.primary.timeline !== timeline) return unknown(`the newest sample is of timeline ${newest.primary.timeline}`);
  const known = Math.max(0, bytesAhead(newest.primary.lsn, best.lsn));
  // One that is off now went on at the longest until the first look that found nobody.
  const blindSeconds = mayStillWrite ? newest.ageSeconds : blindAfter(samples, at);
  const rate = fastest(samples.slice(at).flatMap(({ primary, ageSeconds }) => (primary ? [{ ...primary, ageSeconds }] : [])));
  if (rate === null) return unknown('there are not two samples to tell how fast it wrote');
  const guessed = Math.max(Math.ceil(2 * rate * blindSeconds), LEAST_BYTES);
  return {
    bytes: known + guessed,
    proved: false,
    says: `${known} bytes that the primary had at its last sample and ${best.name} has not; and at twice the fastest rate seen (${Math.round(rate)} bytes/s) or a page, ${guessed} bytes in the ${blindSeconds.toFixed(1)} seconds after it, ${mayStillWrite ? 'in which it may have gone on' : 'of which nobody knows'}`,
  };
}

/** For how long nobody looked after a sample. */
const blindAfter = (samples: readonly Sample[], at: number): number => (samples[at]?.ageSeconds ?? 0) - (samples[at - 1]?.ageSeconds ?? 0);

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
/** Nor does a setting that may have changed unseen: the last sample must be so close to the first look that found nobody. */
const LONGEST_BLIND_SECONDS = 60;

/**
 * The quorum rule: a commit waits for k of N names, so that where N - k + 1 of them answer (R + W > N) the best of them has every
 * acknowledged commit; with `FIRST k` a node that was in state `sync` in each of the last samples has it too. Sessions with
 * synchronous_commit local or off are outside every proof.
 */
export function quorumProof(samples: readonly Sample[], best: string, answering: readonly string[], timeline: number): string | null {
  const at = samples.findIndex(({ primary }) => primary !== null);
  if (at < 0 || blindAfter(samples, at) > LONGEST_BLIND_SECONDS) return null;
  const recent = samples.flatMap(({ primary }) => (primary ? [primary] : [])).slice(0, STEADY);
  const [newest] = recent;
  const steady = recent.every(({ node, syncNames, timeline: on }) => node === newest?.node && syncNames === newest.syncNames && on === timeline);
  if (!newest || recent.length < STEADY || !steady) return null;
  const rule = parseSyncNames(newest.syncNames);
  if (!rule || rule.names.includes('*')) return null;
  const outside = 'sessions with synchronous_commit = local or off are outside this proof';
  const heard = rule.names.filter((name) => answering.includes(name));
  const needed = rule.names.length - rule.count + 1;
  if (heard.length >= needed && heard.includes(best))
    return `nothing acknowledged: ${newest.syncNames}, and ${heard.length} of ${rule.names.length} answer (at least ${needed} needed), ${best} being the furthest; ${outside}`;
  const wasSync = rule.kind === 'first' && recent.every(({ members }) => members.some(({ name, sync }) => name === best && sync === 'sync'));
  return wasSync ? `nothing acknowledged: ${best} was synchronous (${newest.syncNames}) in the last ${STEADY} samples; ${outside}` : null;
}

export interface SyncRule {
  readonly kind: 'any' | 'first';
  readonly count: number;
  /** Each once; `*` stands for every standby. */
  readonly names: readonly string[];
}

// A quoted name may hold commas, brackets and doubled quotes.
const NAME = '(?:"(?:[^"]|"")*"|[^\\s,()"]+)';
const NAMES = `\\s*${NAME}\\s*(?:,\\s*${NAME}\\s*)*`;
const RULE = new RegExp(`^(?:(?:(any|first)\\s*)?(\\d+)\\s*\\((${NAMES})\\)|(${NAMES}))$`, 'i');

/** Reads synchronous_standby_names; null where it is empty or no such text. Source: PostgreSQL documentation 20.6.2. */
export function parseSyncNames(text: string): SyncRule | null {
  const [, kind, count, listed, plain] = RULE.exec(text.trim()) ?? [];
  const found = (listed ?? plain ?? '').match(new RegExp(NAME, 'g'));
  if (!found) return null;
  const names = found.map((name) => (name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name));
  return { kind: kind?.toLowerCase() === 'any' ? 'any' : 'first', count: Number(count ?? 1), names: [...new Set(names)] };
}

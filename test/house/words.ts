/** A word of the project's old dialect, and what the glossary says instead. */
export interface RefusedWord {
  readonly pattern: RegExp;
  readonly write: string;
}

/** What no name, message or document says (docs/glossary.md). A match in another meaning needs another sentence. */
export const REFUSED_WORDS: readonly RefusedWord[] = [
  { pattern: /\bways? back\b|wayBack/i, write: 'undo' },
  { pattern: /\bunw(?:ind|ound)/i, write: 'roll back' },
  { pattern: /live pass|LivePass|\bwalk(?:s|ed|ing)?\b/i, write: 'execution, run' },
  { pattern: /\banew\b/i, write: 're-planned, again' },
  { pattern: /\b(?:un)?seal(?:s|ed|ing)?\b|sealedBy|\bfor good\b/i, write: 'point of no return, permanently' },
  { pattern: /\bmend(?:s|ed|ing)?\b/i, write: 'fix' },
  { pattern: /\bill\b/i, write: 'unhealthy' },
  { pattern: /\b(?:could|can) ?not be had\b|\bcould be had\b/i, write: 'could not connect, is not available' },
  { pattern: /\bha(?:s|ve) not (?:a|an|the|any|what|its|this|that|those|these)\b/i, write: 'lacks, has no' },
  { pattern: /\bmay(?:Lead|Lose)\b/, write: 'promotable, maxLossBytes' },
  { pattern: /\bmost[A-Z]|\bMOST_/, write: 'max…, MAX_…' },
  { pattern: /[a-z]Within\b|_WITHIN_MS\b/, write: '…Timeout, …_TIMEOUT_MS' },
  { pattern: /\bdespite\b/i, write: 'override' },
  { pattern: /\bherald/i, write: 'approval notifier' },
  { pattern: /\bbooks?\b|\babsorb|\bbrakes?\b|\bsightings?\b|\bstanding\b/i, write: 'inbox, ingest, hold, episode' },
  { pattern: /\bsettle(?:s|d|ment)?\b/i, write: 'resolve' },
  {
    pattern:
      /\bend(?:s|ed|ing)? (?:(?:a|the|idle|long|these|those|such|their|its|all|other|client|every) )+(?:sessions?|statements?|clients?|backends?|connections?)\b/i,
    write: 'terminate',
  },
  { pattern: /\brubbish\b/i, write: 'leftovers' },
  { pattern: /\bfor an instant\b/i, write: 'briefly' },
  { pattern: /\bOverCap\b|\bcaps?\b/, write: 'limit' },
];

/** First words of names that look like participles and are none. */
export const NO_PARTICIPLES: readonly string[] = ['embed', 'exceed', 'feed', 'need', 'proceed', 'seed', 'shed', 'shred', 'speed', 'succeed'];

/** Participles that do not end in -ed. */
export const IRREGULAR_PARTICIPLES: readonly string[] = [
  'begun',
  'bound',
  'brought',
  'built',
  'chosen',
  'done',
  'fallen',
  'found',
  'given',
  'gone',
  'held',
  'hidden',
  'kept',
  'known',
  'left',
  'lost',
  'made',
  'meant',
  'reached',
  'said',
  'seen',
  'sent',
  'shown',
  'spent',
  'spoken',
  'taken',
  'thrown',
  'told',
  'understood',
  'written',
];

/** What still speaks the old dialect and is to be rewritten; nothing may be added. Prefixes of paths. */
export const NOT_YET: readonly string[] = [
  'activities/replication/',
  'workflows/runbooks/replication/',
  'docs/statements/replication/',
  'test/activities/replication/',
  'test/faults/',
  'test/operations/replication/',
  'test/runbooks/replication/',
  'test/support/replication/',
];

/** Folders in which some functions are still named by participles. */
export const PARTICIPLES_NOT_YET: readonly string[] = [
  ...NOT_YET,
  'activities/effects/',
  'activities/sql/',
  'activities/targets/',
  'workers/alerts/sources/',
  'workers/gateway/inbox-store',
  'workers/worker/',
  'workflows/engine/',
  'test/',
];

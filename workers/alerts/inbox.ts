/** One firing of one problem, from `startsAt` on. Times are milliseconds since 1970. */
export interface Episode {
  /** SHA-256 of source, identity labels and startsAt. */
  readonly key: string;
  /** SHA-256 of source and identity labels: the same problem at another time has the same. */
  readonly identity: string;
  readonly source: string;
  readonly route: string;
  readonly runbook: string;
  readonly target: string;
  readonly input: Readonly<Record<string, unknown>>;
  /** In a sentence, for people. */
  readonly says: string;
  readonly startsAt: number;
  readonly firstAt: number;
  lastAt: number;
  resolvedAt: number | null;
  status: 'firing' | 'resolved';
  deliveries: number;
  state: EpisodeState;
  /** Why it stands so, in words. */
  because: string;
  /** The run that it started or joined last. */
  workflowId: string | null;
}

/**
 * `started`: a run of its own; `joined`: the run of another; `held`: nothing now, looked at again; `mass`: part of a
 * mass incident, people decide; `dropped`: over before anything began;
 * `stale`: a later firing of the same problem is known.
 */
export type EpisodeState = 'new' | 'started' | 'joined' | 'held' | 'mass' | 'dropped' | 'stale';

/** A run that the gateway asks Temporal for. */
export interface AlertRun {
  readonly workflowId: string;
  readonly runbook: string;
  readonly target: string;
  readonly identity: string;
  readonly episode: string;
  readonly attempt: number;
  readonly input: Readonly<Record<string, unknown>>;
  readonly askedAt: number;
  /** When Temporal said that it has it. */
  acceptedAt: number | null;
  endedAt: number | null;
  outcome: string | null;
}

/** What a run is told about its alerts. */
export type RunNews = 'joined' | 'resolved' | 'firing again';

/** Something to tell a run or a person, once. */
export interface News {
  /** What makes it the same when it comes up again. */
  readonly key: string;
  readonly kind: RunNews | 'page';
  readonly workflowId: string | null;
  readonly target: string | null;
  readonly says: string;
  readonly allResolved: boolean;
}

export interface Limits {
  readonly coolDownMs: number;
  readonly startsPerHour: number;
  readonly massTargets: number;
  readonly massWindowMs: number;
  readonly forgetAfterMs: number;
  /** Whether a runbook changes something; a mass incident starts none of those. */
  readonly changes: (runbook: string) => boolean;
  /** Whether a runbook is the response to an incident: it holds no lock, and no other run stands for it. */
  readonly responds: (runbook: string) => boolean;
}

/** More alerts than this are counted, not named. */
const MAX_NAMED = 5;

/** What the gateway knows: loaded as far as a batch of alerts needs it, changed by pure functions, stored again. */
export class Inbox {
  readonly episodes = new Map<string, Episode>();
  readonly runs = new Map<string, AlertRun>();
  /** Targets with new alerts within the mass window, with the time of the first of them. */
  readonly newTargets = new Map<string, number>();
  readonly news: News[] = [];
  readonly touched = new Set<string>();

  private readonly pending = new Map<string, { workflowId: string; target: string; kind: RunNews; keys: string[]; says: string[] }>();

  /** Tells a person, once for each key. */
  page(key: string, { target, workflowId }: { readonly target: string | null; readonly workflowId: string | null }, says: string): void {
    if (this.news.some((one) => one.key === `page/${key}`)) return;
    this.news.push({ key: `page/${key}`, kind: 'page', workflowId, target, says, allResolved: false });
  }

  /** Notes something for a run; all of a batch is told by one message for each kind. */
  notifyRun(workflowId: string, kind: RunNews, { key, target, says }: Episode): void {
    const at = `${kind}/${workflowId}`;
    const { keys, says: sentences } = this.pending.get(at) ?? { keys: [], says: [] };
    this.pending.set(at, { workflowId, target, kind, keys: [...keys, key], says: [...sentences, says] });
  }

  /** Makes the messages of what was heard since the inbox was opened. */
  close(now: number): void {
    for (const { workflowId, target, kind, keys, says } of this.pending.values()) {
      const shown = says.slice(0, MAX_NAMED).join('; ') + (says.length > MAX_NAMED ? ` and ${says.length - MAX_NAMED} more` : '');
      const allResolved = this.firingOf(workflowId).length === 0;
      this.news.push({ key: `${kind}/${workflowId}/${keys[0] ?? ''}/${now}`, kind, workflowId, target, says: shown.slice(0, 1_000), allResolved });
    }
    this.pending.clear();
  }

  /** Runs of a target that Temporal has or is asked for, and that have not ended; oldest first. */
  liveRuns(target: string): AlertRun[] {
    return [...this.runs.values()].filter((run) => run.target === target && run.endedAt === null).sort((a, b) => a.askedAt - b.askedAt);
  }

  /** Firing episodes that belong to a run; a later firing stands for those before it. */
  firingOf(workflowId: string): Episode[] {
    return [...this.episodes.values()].filter(
      (episode) => episode.workflowId === workflowId && episode.status === 'firing' && episode.state !== 'stale',
    );
  }
}

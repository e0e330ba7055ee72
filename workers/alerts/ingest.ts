import type { Inbox, Episode, Limits } from './inbox';
import { evaluate } from './evaluate';

/** An alert that a route has taken. */
export type RoutedAlert = Pick<Episode, 'key' | 'identity' | 'source' | 'route' | 'runbook' | 'target' | 'input' | 'says' | 'startsAt' | 'status'>;

/** Takes one alert into the inbox. Repeats only count; what changes an episode is evaluated. */
export function ingest(inbox: Inbox, seen: RoutedAlert, limits: Limits, now: number): Episode {
  const known = inbox.episodes.get(seen.key);
  if (!known) return begin(inbox, seen, limits, now);
  inbox.touched.add(known.key);
  known.deliveries++;
  known.lastAt = Math.max(known.lastAt, now);
  if (known.status === 'firing' && seen.status === 'resolved') resolve(inbox, known, now);
  else if (seen.status === 'firing' && (known.status === 'resolved' || known.state === 'stale')) reopen(inbox, known, limits, now);
  return known;
}

function begin(inbox: Inbox, seen: RoutedAlert, limits: Limits, now: number): Episode {
  const over = seen.status === 'resolved';
  const episode: Episode = {
    ...seen,
    firstAt: now,
    lastAt: now,
    resolvedAt: over ? now : null,
    deliveries: 1,
    state: over ? 'dropped' : 'new',
    because: over ? 'it had resolved before anything began' : '',
    workflowId: null,
  };
  inbox.episodes.set(episode.key, episode);
  inbox.touched.add(episode.key);
  if (over) return episode;
  noteNew(inbox, episode, limits, now);
  evaluate(inbox, episode, limits, now);
  return episode;
}

function noteNew({ newTargets }: Inbox, { target, firstAt }: Episode, { massWindowMs }: Limits, now: number): void {
  if (firstAt > now - massWindowMs && !newTargets.has(target)) newTargets.set(target, firstAt);
}

/** "Resolved" is news, not proof: the run decides what it means. */
function resolve(inbox: Inbox, episode: Episode, now: number): void {
  episode.status = 'resolved';
  episode.resolvedAt = now;
  const run = episode.workflowId === null ? undefined : inbox.runs.get(episode.workflowId);
  if (!run || run.endedAt !== null) {
    if (episode.state === 'held' || episode.state === 'mass')
      [episode.state, episode.because] = ['dropped', `it resolved by itself (${episode.because})`];
    return;
  }
  inbox.notifyRun(run.workflowId, 'resolved', episode);
}

/** The same firing again: an alert that flaps, news in the wrong order, or one that outlives a later firing. It joins its live run; without one it waits out the cool-down. */
function reopen(inbox: Inbox, episode: Episode, limits: Limits, now: number): void {
  if (episode.status === 'resolved') noteNew(inbox, episode, limits, now);
  episode.status = 'firing';
  const run = episode.workflowId === null ? undefined : inbox.runs.get(episode.workflowId);
  evaluate(inbox, episode, limits, now);
  if (run?.endedAt === null && episode.state !== 'stale') inbox.notifyRun(run.workflowId, 'firing again', episode);
}

const GOOD_ENDS: readonly (string | null)[] = ['done', 'nothing to do'];

/** Takes the end of a run into the inbox: what still fires waits for the cool-down, and a person is told where nothing was verified. */
export function endRun(inbox: Inbox, workflowId: string, outcome: string, now: number): void {
  const run = inbox.runs.get(workflowId);
  if (!run || run.endedAt !== null) return;
  run.endedAt = now;
  run.outcome = outcome;
  const firing = inbox.firingOf(workflowId);
  for (const episode of firing) {
    inbox.touched.add(episode.key);
    episode.state = 'held';
    episode.because = `${workflowId} ended (${outcome}) and it still fires`;
  }
  const first = firing[0];
  if (first && !GOOD_ENDS.includes(outcome))
    inbox.page(`ended/${workflowId}`, first, `${workflowId} ended without a verified fix (${outcome}), and ${first.says} still fires.`);
}

/** Looks again at everything that fires and is held; what was not heard of for long is believed to be over. */
export function evaluateHeld(inbox: Inbox, limits: Limits, now: number): void {
  const held = [...inbox.episodes.values()].filter(({ status, state }) => status === 'firing' && (state === 'held' || state === 'mass'));
  for (const episode of held.sort((a, b) => a.startsAt - b.startsAt)) {
    // Of a mass incident nothing is started later either: people decide.
    if (now < episode.lastAt + limits.forgetAfterMs) {
      if (episode.state === 'held') evaluate(inbox, episode, limits, now);
    } else {
      inbox.touched.add(episode.key);
      [episode.status, episode.state, episode.because] = ['resolved', 'dropped', 'nothing was heard of it for long'];
    }
  }
}

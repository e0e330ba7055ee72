import type { Books, Episode, Limits } from './books';
import { consider } from './consider';

/** An alert that a route has taken. */
export type Sighting = Pick<Episode, 'key' | 'identity' | 'source' | 'route' | 'runbook' | 'target' | 'input' | 'says' | 'startsAt' | 'status'>;

/** Takes one alert into the books. Repeats only count; what changes an episode is considered. */
export function absorb(books: Books, seen: Sighting, limits: Limits, now: number): Episode {
  const known = books.episodes.get(seen.key);
  if (!known) return begin(books, seen, limits, now);
  books.touched.add(known.key);
  known.deliveries++;
  known.lastAt = Math.max(known.lastAt, now);
  if (known.status === 'firing' && seen.status === 'resolved') resolve(books, known, now);
  else if (seen.status === 'firing' && (known.status === 'resolved' || known.standing === 'stale')) reopen(books, known, limits, now);
  return known;
}

function begin(books: Books, seen: Sighting, limits: Limits, now: number): Episode {
  const over = seen.status === 'resolved';
  const episode: Episode = {
    ...seen,
    firstAt: now,
    lastAt: now,
    resolvedAt: over ? now : null,
    deliveries: 1,
    standing: over ? 'dropped' : 'new',
    because: over ? 'it had resolved before anything began' : '',
    workflowId: null,
  };
  books.episodes.set(episode.key, episode);
  books.touched.add(episode.key);
  if (over) return episode;
  noteNew(books, episode, limits, now);
  consider(books, episode, limits, now);
  return episode;
}

function noteNew({ newTargets }: Books, { target, firstAt }: Episode, { massWithinMs }: Limits, now: number): void {
  if (firstAt > now - massWithinMs && !newTargets.has(target)) newTargets.set(target, firstAt);
}

/** "Resolved" is news, not proof: the run decides what it means. */
function resolve(books: Books, episode: Episode, now: number): void {
  episode.status = 'resolved';
  episode.resolvedAt = now;
  const run = episode.workflowId === null ? undefined : books.runs.get(episode.workflowId);
  if (!run || run.endedAt !== null) {
    if (episode.standing === 'held' || episode.standing === 'braked')
      [episode.standing, episode.because] = ['dropped', `it resolved by itself (${episode.because})`];
    return;
  }
  books.hear(run.workflowId, 'resolved', episode);
}

/** The same firing again: an alert that flaps, news in the wrong order, or one that outlives a later firing. It joins its live run; without one it waits out the cool-down. */
function reopen(books: Books, episode: Episode, limits: Limits, now: number): void {
  if (episode.status === 'resolved') noteNew(books, episode, limits, now);
  episode.status = 'firing';
  const run = episode.workflowId === null ? undefined : books.runs.get(episode.workflowId);
  consider(books, episode, limits, now);
  if (run?.endedAt === null && episode.standing !== 'stale') books.hear(run.workflowId, 'firing again', episode);
}

const GOOD_ENDS: readonly (string | null)[] = ['done', 'nothing to do'];

/** Takes the end of a run into the books: what still fires waits for the cool-down, and a person is told where nothing was verified. */
export function endRun(books: Books, workflowId: string, outcome: string, now: number): void {
  const run = books.runs.get(workflowId);
  if (!run || run.endedAt !== null) return;
  run.endedAt = now;
  run.outcome = outcome;
  const firing = books.firingOf(workflowId);
  for (const episode of firing) {
    books.touched.add(episode.key);
    episode.standing = 'held';
    episode.because = `${workflowId} ended (${outcome}) and it still fires`;
  }
  const first = firing[0];
  if (first && !GOOD_ENDS.includes(outcome))
    books.page(`ended/${workflowId}`, first, `${workflowId} ended without a verified fix (${outcome}), and ${first.says} still fires.`);
}

/** Looks again at everything that fires and is held; what was not heard of for long is believed to be over. */
export function reconsider(books: Books, limits: Limits, now: number): void {
  const held = [...books.episodes.values()].filter(({ status, standing }) => status === 'firing' && (standing === 'held' || standing === 'braked'));
  for (const episode of held.sort((a, b) => a.startsAt - b.startsAt)) {
    // Of a mass incident nothing is started later either: people decide.
    if (now < episode.lastAt + limits.forgetAfterMs) {
      if (episode.standing === 'held') consider(books, episode, limits, now);
    } else {
      books.touched.add(episode.key);
      [episode.status, episode.standing, episode.because] = ['resolved', 'dropped', 'nothing was heard of it for long'];
    }
  }
}

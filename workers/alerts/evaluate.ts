import type { AlertRun, Inbox, Episode, Limits } from './inbox';

const HOUR_MS = 3_600_000;
/** A person is told of mass incidents once in so long. */
const MASS_PAGE_MS = 600_000;

/** Decides what a firing alert leads to: it joins a live run, is held with the reason, or starts a run. */
export function evaluate(inbox: Inbox, episode: Episode, limits: Limits, now: number): void {
  inbox.touched.add(episode.key);
  if (newerOf(inbox, episode, now)) return setState(episode, 'stale', 'a later firing of the same alert is known');
  passOver(inbox, episode, now);
  const live = inbox.liveRuns(episode.target);
  const run = live.find(({ runbook }) => runbook === episode.runbook) ?? (limits.responds(episode.runbook) ? undefined : live[0]);
  if (run) return join(inbox, episode, run);
  const held = coolingDown(inbox, episode, limits, now) ?? overTheHour(inbox, episode, limits, now);
  if (held !== null) return setState(episode, 'held', held);
  const mass = massIncident(inbox, episode, limits, now);
  if (mass !== null) return setState(episode, 'mass', mass);
  start(inbox, episode, now);
}

/** One whose sender says that it begins in the future is no later one yet: its clock may be wrong for years. */
function newerOf(inbox: Inbox, { key, identity, startsAt }: Episode, now: number): boolean {
  return [...inbox.episodes.values()].some(
    (other) => other.key !== key && other.identity === identity && other.status === 'firing' && other.startsAt > startsAt && other.startsAt <= now,
  );
}

/** An earlier firing that nobody said to be over ended when this one began; if it goes on nevertheless, it is sent again. */
function passOver(inbox: Inbox, { identity, startsAt }: Episode, now: number): void {
  if (startsAt > now) return;
  for (const earlier of inbox.episodes.values()) {
    if (earlier.identity !== identity || earlier.status !== 'firing' || earlier.startsAt >= startsAt || earlier.state === 'stale') continue;
    inbox.touched.add(earlier.key);
    setState(earlier, 'stale', 'a later firing of the same alert is known');
  }
}

function join(inbox: Inbox, episode: Episode, run: AlertRun): void {
  const before = episode.workflowId;
  episode.workflowId = run.workflowId;
  setState(
    episode,
    run.episode === episode.key ? 'started' : 'joined',
    `belongs to the run ${run.workflowId}, which is on ${episode.target} already`,
  );
  if (before === run.workflowId) return;
  inbox.notifyRun(run.workflowId, 'joined', episode);
}

/** Also the decay of an alert after a good fix, and a flapping one: all of them only wait. */
function coolingDown(inbox: Inbox, episode: Episode, { coolDownMs }: Limits, now: number): string | null {
  const last = lastEnded(inbox, episode);
  const from = Math.max(last?.endedAt ?? 0, episode.resolvedAt ?? 0);
  if (!from || now >= from + coolDownMs) return null;
  const until = new Date(from + coolDownMs).toISOString().slice(11, 16);
  return last?.endedAt === from
    ? `${last.workflowId} ended (${last.outcome ?? 'unknown'}); looked at again from ${until} UTC on`
    : `it had resolved a moment ago; looked at again from ${until} UTC on`;
}

function lastEnded(inbox: Inbox, { target, runbook }: Episode): AlertRun | undefined {
  return [...inbox.runs.values()]
    .filter((run) => run.target === target && run.runbook === runbook && run.endedAt !== null)
    .sort((a, b) => (b.endedAt ?? 0) - (a.endedAt ?? 0))[0];
}

/** Responses are counted for themselves: what was started for lesser alerts must not hold back the answer to an incident. */
function overTheHour(inbox: Inbox, episode: Episode, { startsPerHour, responds }: Limits, now: number): string | null {
  const starts = [...inbox.runs.values()].filter(
    (run) => run.target === episode.target && run.askedAt > now - HOUR_MS && responds(run.runbook) === responds(episode.runbook),
  );
  if (starts.length < startsPerHour) return null;
  const because = `${starts.length} runs were started on ${episode.target} within the hour, and no more are started by alerts`;
  inbox.page(
    `hour/${episode.target}/${Math.min(...starts.map(({ askedAt }) => askedAt))}`,
    episode,
    `${because}: ${episode.says}. Start a run by hand, or wait.`,
  );
  return because;
}

function massIncident(inbox: Inbox, episode: Episode, { massTargets, changes }: Limits, now: number): string | null {
  if (inbox.newTargets.size <= massTargets || !changes(episode.runbook)) return null;
  const because = `${inbox.newTargets.size} targets began to alert at nearly the same time: a mass incident, in which nothing that changes a database is started by alerts`;
  const first = Math.min(now, ...inbox.newTargets.values());
  inbox.page(
    `mass/${Math.floor(first / MASS_PAGE_MS)}`,
    { ...episode, target: null },
    `${because}. Look for a common cause first (network, storage, a deployment).`,
  );
  return because;
}

function start(inbox: Inbox, episode: Episode, now: number): void {
  const { key, identity, target, runbook, input } = episode;
  const earlier = [...inbox.runs.values()].filter((run) => run.identity === identity && run.askedAt >= episode.firstAt);
  // Not their number: of runs that are long over only the last one is loaded, and an id is never given twice.
  const attempt = Math.max(0, ...earlier.map((run) => run.attempt)) + 1;
  const workflowId = `${runbook}/${target}/alert-${key.slice(0, 12)}${attempt > 1 ? `-${attempt}` : ''}`;
  inbox.runs.set(workflowId, {
    workflowId,
    runbook,
    target,
    identity,
    episode: key,
    attempt,
    input,
    askedAt: now,
    acceptedAt: null,
    endedAt: null,
    outcome: null,
  });
  episode.workflowId = workflowId;
  setState(episode, 'started', attempt > 1 ? `attempt ${attempt}, because it still fires` : 'started a run');
  if (attempt === 1) return;
  const last = earlier.at(-1);
  inbox.page(
    `attempt/${workflowId}`,
    episode,
    `${episode.says} still fires after ${last?.workflowId ?? 'a run'} ended (${last?.outcome ?? 'unknown'}); attempt ${attempt} is ${workflowId}.`,
  );
}

function setState(episode: Episode, state: Episode['state'], because: string): void {
  episode.state = state;
  episode.because = because;
}

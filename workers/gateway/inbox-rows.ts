import type { PoolClient } from 'pg';
import { storable } from '../../activities/control/storable';
import { Inbox, type AlertRun, type Episode, type Limits } from '../alerts/inbox';

const HOUR_MS = 3_600_000;

/** What must be loaded before a batch can be judged. */
export interface Scope {
  readonly keys: readonly string[];
  readonly identities: readonly string[];
  readonly targets: readonly string[];
}

export interface RunRow {
  workflow_id: string;
  runbook: string;
  target: string;
  identity: string;
  episode: string;
  attempt: number;
  input: Record<string, unknown>;
  asked_at: string;
  accepted_at: string | null;
  ended_at: string | null;
  outcome: string | null;
}

const number = (text: string | null): number | null => (text === null ? null : Number(text));

export const runOf = (row: RunRow): AlertRun => ({
  workflowId: row.workflow_id,
  runbook: row.runbook,
  target: row.target,
  identity: row.identity,
  episode: row.episode,
  attempt: row.attempt,
  input: row.input,
  askedAt: Number(row.asked_at),
  acceptedAt: number(row.accepted_at),
  endedAt: number(row.ended_at),
  outcome: row.outcome,
});

/** What the sweep looks at: everything that is held, or whose run has not ended. */
export async function openScope(client: PoolClient): Promise<Scope> {
  const { rows } = await client.query<{ key: string; identity: string; target: string }>(
    `select key, identity, target from runbooks_control.alert_episode where status = 'firing' and state in ('held', 'mass')
     union select '', '', target from runbooks_control.alert_run where ended_at is null`,
  );
  const distinct = (values: string[]): string[] => [...new Set(values.filter(Boolean))];
  return {
    keys: distinct(rows.map(({ key }) => key)),
    identities: distinct(rows.map(({ identity }) => identity)),
    targets: distinct(rows.map(({ target }) => target)),
  };
}

/** Loads what a batch needs: its episodes and those of the same problems, the runs of its targets with what fires for them. */
export async function loadInbox(client: PoolClient, { keys, identities, targets }: Scope, limits: Limits, now: number): Promise<Inbox> {
  const inbox = new Inbox();
  const since = now - Math.max(HOUR_MS, limits.coolDownMs, limits.forgetAfterMs);
  const runs = await client.query<RunRow>(
    `select * from runbooks_control.alert_run r
      where target = any($1) and (ended_at is null or asked_at > $2 or ended_at > $2
        or (identity = any($3) and attempt = (select max(attempt) from runbooks_control.alert_run last where last.target = r.target and last.episode = r.episode)))`,
    [targets, since, identities],
  );
  for (const row of runs.rows) inbox.runs.set(row.workflow_id, runOf(row));
  const live = [...inbox.runs.values()].filter(({ endedAt }) => endedAt === null).map(({ workflowId }) => workflowId);
  const episodes = await client.query<Record<string, unknown>>(
    `select * from runbooks_control.alert_episode
      where key = any($1) or identity = any($2) or (workflow_id = any($3) and status = 'firing')`,
    [keys, identities, live],
  );
  for (const row of episodes.rows) inbox.episodes.set(row['key'] as string, episodeOf(row));
  const fresh = await client.query<{ target: string; first_at: string }>(
    `select target, min(first_at) as first_at from runbooks_control.alert_episode where first_at > $1 and state not in ('dropped', 'stale') group by target`,
    [now - limits.massWindowMs],
  );
  for (const row of fresh.rows) inbox.newTargets.set(row.target, Number(row.first_at));
  return inbox;
}

const episodeOf = (row: Record<string, unknown>): Episode => ({
  key: row['key'] as string,
  identity: row['identity'] as string,
  source: row['source'] as string,
  route: row['route'] as string,
  runbook: row['runbook'] as string,
  target: row['target'] as string,
  input: row['input'] as Record<string, unknown>,
  says: row['says'] as string,
  startsAt: Number(row['starts_at']),
  firstAt: Number(row['first_at']),
  lastAt: Number(row['last_at']),
  resolvedAt: number(row['resolved_at'] as string | null),
  status: row['status'] as Episode['status'],
  deliveries: row['deliveries'] as number,
  state: row['state'] as Episode['state'],
  because: row['because'] as string,
  workflowId: row['workflow_id'] as string | null,
});

/** Stores what was touched. */
export async function saveInbox(client: PoolClient, inbox: Inbox, changed: (run: AlertRun) => boolean): Promise<void> {
  const episodes = [...inbox.touched].map((key) => inbox.episodes.get(key)).filter((episode) => episode !== undefined);
  if (episodes.length) await client.query(SAVE_EPISODES, [storable(episodes)]);
  const runs = [...inbox.runs.values()].filter(changed);
  if (runs.length) await client.query(SAVE_RUNS, [storable(runs)]);
  if (inbox.news.length) await client.query(SAVE_NEWS, [storable(inbox.news)]);
}

const SAVE_EPISODES = `
insert into runbooks_control.alert_episode
  (key, identity, source, route, runbook, target, input, says, starts_at, first_at, last_at, resolved_at, status, deliveries, state, because, workflow_id)
select key, identity, source, route, runbook, target, input, says, "startsAt", "firstAt", "lastAt", "resolvedAt", status, deliveries, state, because, "workflowId"
  from jsonb_to_recordset($1) as x(key text, identity text, source text, route text, runbook text, target text, input jsonb, says text,
    "startsAt" bigint, "firstAt" bigint, "lastAt" bigint, "resolvedAt" bigint, status text, deliveries integer, state text, because text, "workflowId" text)
on conflict (key) do update set last_at = excluded.last_at, resolved_at = excluded.resolved_at, status = excluded.status,
  deliveries = excluded.deliveries, state = excluded.state, because = excluded.because, workflow_id = excluded.workflow_id`;

const SAVE_RUNS = `
insert into runbooks_control.alert_run (workflow_id, runbook, target, identity, episode, attempt, input, asked_at, ended_at, outcome)
select "workflowId", runbook, target, identity, episode, attempt, input, "askedAt", "endedAt", outcome
  from jsonb_to_recordset($1) as x("workflowId" text, runbook text, target text, identity text, episode text, attempt integer, input jsonb,
    "askedAt" bigint, "endedAt" bigint, outcome text)
on conflict (workflow_id) do update set ended_at = excluded.ended_at, outcome = excluded.outcome`;

const SAVE_NEWS = `
insert into runbooks_control.alert_news (key, kind, workflow_id, target, says, all_resolved)
select key, kind, "workflowId", target, says, "allResolved"
  from jsonb_to_recordset($1) as x(key text, kind text, "workflowId" text, target text, says text, "allResolved" boolean)
on conflict (key) do nothing`;

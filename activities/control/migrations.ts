/** One step of the control schema's history; a released one is never changed. */
export interface Migration {
  readonly number: number;
  readonly name: string;
  readonly statements: string;
}

/** Every migration in order. Append only: a database that has one refuses to go on when its text has changed. */
export const MIGRATIONS: readonly Migration[] = [
  {
    number: 1,
    name: 'reports and journal',
    statements: `
create table runbooks_control.report (
  id bigint generated always as identity primary key,
  workflow_id text not null,
  run_id text not null,
  runbook text not null,
  target text not null,
  phase text not null,
  outcome text,
  stored_at timestamptz not null default clock_timestamp(),
  report jsonb not null,
  markdown text not null,
  html text not null
);
create index report_of_workflow on runbooks_control.report (workflow_id, id desc);
comment on table runbooks_control.report is 'The record of each run, again at each storing; the newest row of a run counts.';

create table runbooks_control.journal (
  id bigint generated always as identity primary key,
  workflow_id text not null,
  run_id text not null,
  number integer not null,
  key text not null,
  at timestamptz not null,
  entry jsonb not null,
  unique (workflow_id, run_id, number)
);
comment on table runbooks_control.journal is 'One row for each finished step of each run.';`,
  },
  {
    number: 2,
    name: 'append only',
    statements: `
create function runbooks_control.refuse_change() returns trigger
language plpgsql set search_path = pg_catalog as $$
begin
  raise exception '% of %.% is refused: records are append only', tg_op, tg_table_schema, tg_table_name
    using errcode = 'insufficient_privilege';
end $$;
create trigger append_only before update or delete or truncate on runbooks_control.report
  for each statement execute function runbooks_control.refuse_change();
create trigger append_only before update or delete or truncate on runbooks_control.journal
  for each statement execute function runbooks_control.refuse_change();
-- Always: otherwise session_replication_role = replica would switch them off without a trace.
alter table runbooks_control.report enable always trigger append_only;
alter table runbooks_control.journal enable always trigger append_only;`,
  },
  {
    number: 3,
    name: 'replication: ledger and samples',
    statements: `
create table runbooks_control.ledger (
  seq bigint generated always as identity,
  key text primary key,
  state text not null check (state in ('fence', 'claimed', 'done', 'undoing', 'undone', 'never')),
  workflow_id text, first_run_id text, runbook text, step text, step_number integer,
  operation text, input jsonb, input_sha256 text, plan text, token bigint not null default 0,
  before jsonb, result jsonb, undo_by text,
  login name, server text, backend_pid integer, application_name text, xid text, lsn text,
  claimed_at timestamptz not null default clock_timestamp(), done_at timestamptz, undone_at timestamptz
);
create index ledger_of_run on runbooks_control.ledger (workflow_id, first_run_id);
comment on table runbooks_control.ledger is 'Effects on servers that cannot record them themselves (stopped, standby); one fence row for each cluster.';

create table runbooks_control.replication_sample (
  id bigint generated always as identity primary key,
  system_identifier text not null,
  at timestamptz not null default clock_timestamp(),
  node text,
  timeline integer,
  lsn pg_lsn,
  sync_names text,
  members jsonb,
  check (num_nulls(node, timeline, lsn, sync_names, members) in (0, 5))
);
create index replication_sample_of_cluster on runbooks_control.replication_sample (system_identifier, id desc);
comment on table runbooks_control.replication_sample is 'What the primary of each cluster said of its position, its synchronous standbys and their states; empty where no primary answered. Kept a day.';`,
  },
  {
    number: 4,
    name: 'notifications',
    statements: `
create table runbooks_control.notification (
  id text primary key,
  about text not null,
  recipient text not null,
  channel text not null,
  reference text,
  failed jsonb not null default '[]',
  sent_at timestamptz not null default clock_timestamp()
);
create index notification_about on runbooks_control.notification (about, sent_at desc);
comment on table runbooks_control.notification is 'The messages that a channel took, each once: a repeat is known by its id, and what belongs together by about.';
create trigger append_only before update or delete or truncate on runbooks_control.notification
  for each statement execute function runbooks_control.refuse_change();
alter table runbooks_control.notification enable always trigger append_only;`,
  },
  {
    number: 5,
    name: 'alerts',
    statements: `
create table runbooks_control.alert_delivery (
  source text not null,
  key text not null,
  received_at timestamptz not null default clock_timestamp(),
  last_at timestamptz not null default clock_timestamp(),
  times integer not null default 1,
  alerts integer not null,
  truncated integer not null default 0,
  answered_at timestamptz,
  primary key (source, key)
);
create index alert_delivery_by_age on runbooks_control.alert_delivery (last_at);
comment on table runbooks_control.alert_delivery is 'What senders delivered, by their own id or the digest of the bytes; kept 7 days, longer than any of them repeats.';

create table runbooks_control.alert_episode (
  key text primary key,
  identity text not null,
  source text not null, route text not null, runbook text not null, target text not null,
  input jsonb not null, says text not null,
  starts_at bigint not null, first_at bigint not null, last_at bigint not null, resolved_at bigint,
  status text not null check (status in ('firing', 'resolved')),
  deliveries integer not null,
  state text not null, because text not null, workflow_id text
);
create index alert_episode_of_identity on runbooks_control.alert_episode (identity);
create index alert_episode_of_run on runbooks_control.alert_episode (workflow_id) where status = 'firing';
create index alert_episode_firing on runbooks_control.alert_episode (state) where status = 'firing';
create index alert_episode_by_start on runbooks_control.alert_episode (first_at);
comment on table runbooks_control.alert_episode is 'One row for each firing of each problem; times in milliseconds since 1970.';

create table runbooks_control.alert_run (
  workflow_id text primary key,
  runbook text not null, target text not null, identity text not null, episode text not null,
  attempt integer not null, input jsonb not null,
  asked_at bigint not null, accepted_at bigint, ended_at bigint, outcome text
);
create index alert_run_of_target on runbooks_control.alert_run (target, asked_at);
create index alert_run_live on runbooks_control.alert_run (target) where ended_at is null;
comment on table runbooks_control.alert_run is 'The runs that alerts asked for; accepted_at is set by the answer of Temporal.';

create table runbooks_control.alert_news (
  id bigint generated always as identity primary key,
  key text not null unique,
  kind text not null, workflow_id text, target text, says text not null, all_resolved boolean not null,
  made_at timestamptz not null default clock_timestamp(),
  told_at timestamptz, told text
);
create index alert_news_open on runbooks_control.alert_news (id) where told_at is null;
comment on table runbooks_control.alert_news is 'What runs and people are to be told about alerts, each once.';

create table runbooks_control.alert_watchdog (
  source text primary key,
  heard_at bigint not null
);`,
  },
  {
    number: 6,
    name: 'the ledger knows what was sent, and keeps JSON as it was written',
    statements: `
alter table runbooks_control.ledger add column sent_at timestamptz, add column server_start json, add column closed_by text,
  alter column input type json, alter column before type json, alter column result type json;`,
  },
];

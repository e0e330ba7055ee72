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
  before jsonb, result jsonb, way_back text,
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
];

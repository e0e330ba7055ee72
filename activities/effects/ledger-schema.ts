import { LOGIN_CLASSES } from '../../workflows/contracts/operation-shape';
import { sql, type Sql } from '../sql/sql';

/** The roles of the login classes on a target, as targets.yaml names them. */
export type LoginRoles = Partial<Record<(typeof LOGIN_CLASSES)[number], string>>;

/** What `runbook target install` runs, in one transaction, as a superuser or the database's owner. Running it again changes nothing. */
export function installStatements(roles: LoginRoles): Sql[] {
  const readers = distinct(Object.values(roles));
  const writers = distinct(LOGIN_CLASSES.filter((login) => login !== 'read').flatMap((login) => roles[login] ?? []));
  return [
    sql`create schema if not exists runbooks`,
    sql`comment on schema runbooks is 'pg-runbooks: the ledger that makes the effects of runbooks happen exactly once'`,
    sql`
      create table if not exists runbooks.ledger (
        seq bigint generated always as identity,
        key text primary key,
        state text not null check (state in ('fence', 'claimed', 'done', 'undoing', 'undone', 'never')),
        workflow_id text, first_run_id text, runbook text, step text, step_number integer,
        operation text, input json, input_sha256 text, plan text, token bigint not null default 0,
        before json, result json, undo_by text, closed_by text,
        login name, server text, backend_pid integer, application_name text, xid text, lsn text, server_start json,
        claimed_at timestamptz not null default clock_timestamp(), sent_at timestamptz, done_at timestamptz, undone_at timestamptz
      )`,
    sql`create index if not exists ledger_of_run on runbooks.ledger (workflow_id, first_run_id)`,
    sql`insert into runbooks.ledger (key, state) values ('fence', 'fence') on conflict do nothing`,
    ...readers.flatMap((role) => [
      sql`grant usage on schema runbooks to ${sql.identifier(role)}`,
      sql`grant select on runbooks.ledger to ${sql.identifier(role)}`,
    ]),
    ...writers.flatMap((role) => [
      sql`grant insert on runbooks.ledger to ${sql.identifier(role)}`,
      sql`grant update (state, token, before, result, closed_by, login, server, backend_pid, application_name, xid, lsn, server_start, sent_at, done_at, undone_at) on runbooks.ledger to ${sql.identifier(role)}`,
    ]),
  ];
}

/** What `runbook target uninstall` runs. The ledger's rows go with it: the command saves them to a file first. */
export const uninstallStatements = (): Sql[] => [sql`drop table if exists runbooks.ledger`, sql`drop schema if exists runbooks`];

const distinct = (names: readonly (string | undefined)[]): string[] => [...new Set(names.filter((name) => name !== undefined))];

import { escapeIdentifier, escapeLiteral, type Client } from 'pg';
import { KernelFailure } from '../sql/kernel-failure';
import { underMigrationLock } from './migrate';

/** A login of the control database, as its URL names it. */
export interface Login {
  readonly name: string;
  readonly password: string | null;
}

/** The login of a connection URL; throws InvalidInput when it names none. */
export function loginOf(url: string): Login {
  const { username, password } = new URL(url);
  if (username === '') throw new KernelFailure('InvalidInput', 'A URL of the control database names no user: write postgresql://user@host/database.');
  return { name: decodeURIComponent(username), password: password === '' ? null : decodeURIComponent(password) };
}

/** What each login of the control database may do, table by table. */
const RIGHTS = {
  /** Inserts records, keeps the ledger of replication, knows what was sent. */
  journal: [
    'insert on report, journal',
    'select, insert, update on ledger',
    'select, insert, delete on replication_sample',
    'select, insert on notification',
  ],
  /** Reads. */
  auditor: ['select on report, journal, ledger, replication_sample, notification, alert_delivery, alert_episode, alert_run, alert_news'],
  /** Keeps the inbox of alerts, and knows whom it told. */
  gateway: [
    'select, insert, update, delete on alert_delivery, alert_episode, alert_run, alert_news, alert_watchdog',
    'select, insert on notification',
  ],
} as const;

/** Makes the logins that are missing and gives each its rights, and no others. */
export async function grantLogins(client: Client, logins: Readonly<Record<keyof typeof RIGHTS, Login | null>>): Promise<void> {
  await underMigrationLock(client, async () => {
    for (const [name, login] of Object.entries(logins)) if (login) await grant(client, login, RIGHTS[name as keyof typeof RIGHTS]);
  });
}

async function grant(client: Client, login: Login, rights: readonly string[]): Promise<void> {
  const role = escapeIdentifier(login.name);
  const { rows } = await client.query<{ known: boolean; owns: boolean }>(
    'select exists (select from pg_roles where rolname = $1) as known, current_user = $1 as owns',
    [login.name],
  );
  // Whoever runs the migrations owns the tables; the triggers still refuse changes.
  if (rows[0]?.owns) return;
  if (!rows[0]?.known) await client.query(`create role ${role} login${login.password === null ? '' : ` password ${escapeLiteral(login.password)}`}`);
  await client.query(`revoke all on all tables in schema runbooks_control from ${role}; grant usage on schema runbooks_control to ${role}`);
  for (const right of rights) {
    const [allowed = '', tables = ''] = right.split(' on ');
    const named = tables.split(', ').map((table) => `runbooks_control.${table}`);
    await client.query(`grant ${allowed} on ${named.join(', ')} to ${role}`);
  }
}

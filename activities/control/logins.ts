import { escapeIdentifier, escapeLiteral, type Client } from 'pg';
import { KernelFailure } from '../sql/kernel-failure';
import { locked } from './migrate';

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

/** Makes the logins that are missing and gives each its rights: the journal inserts records, keeps the ledger of replication and knows what was sent, the auditor reads. */
export async function grantLogins(client: Client, { journal, auditor }: { journal: Login; auditor: Login | null }): Promise<void> {
  await locked(client, async () => {
    await grant(client, journal, 'insert');
    if (auditor) await grant(client, auditor, 'select');
  });
}

async function grant(client: Client, login: Login, right: 'insert' | 'select'): Promise<void> {
  const role = escapeIdentifier(login.name);
  const { rows } = await client.query<{ known: boolean; owns: boolean }>(
    'select exists (select from pg_roles where rolname = $1) as known, current_user = $1 as owns',
    [login.name],
  );
  // Whoever runs the migrations owns the tables; the triggers still refuse changes.
  if (rows[0]?.owns) return;
  if (!rows[0]?.known) await client.query(`create role ${role} login${login.password === null ? '' : ` password ${escapeLiteral(login.password)}`}`);
  await client.query(`
    revoke all on all tables in schema runbooks_control from ${role};
    grant usage on schema runbooks_control to ${role};
    grant ${right} on runbooks_control.report, runbooks_control.journal to ${role};
    grant ${right === 'insert' ? 'select, insert, update' : 'select'} on runbooks_control.ledger to ${role};
    grant ${right === 'insert' ? 'select, insert' : 'select'} on runbooks_control.notification to ${role};
    grant ${right === 'insert' ? 'select, insert, delete' : 'select'} on runbooks_control.replication_sample to ${role}`);
}

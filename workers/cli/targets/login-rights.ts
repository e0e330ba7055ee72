import type { Session } from '../../../activities/sql/session';
import { sql } from '../../../activities/sql/sql';
import type { LoginClass } from '../../../workflows/contracts/operation-shape';

interface Wanted {
  /** Predefined roles with the version from which they exist. */
  readonly roles: Readonly<Record<string, number>>;
  readonly functions?: readonly string[];
  readonly createRole?: boolean;
}

// What activities/targets/grants.ts grants, as questions.
const WANTED: Readonly<Record<LoginClass, Wanted>> = {
  read: { roles: { pg_monitor: 0, pg_use_reserved_connections: 160_000 } },
  signal: { roles: { pg_monitor: 0, pg_signal_backend: 0, pg_use_reserved_connections: 160_000 } },
  maintain: { roles: { pg_monitor: 0, pg_maintain: 170_000 } },
  own: { roles: { pg_monitor: 0 } },
  control: {
    roles: { pg_monitor: 0, pg_checkpoint: 150_000, pg_use_reserved_connections: 160_000 },
    functions: ['pg_create_restore_point(text)', 'pg_reload_conf()', 'pg_promote(boolean, integer)'],
    createRole: true,
  },
};

/** The rights that a login lacks on the server of this session, in words; empty when it has all. */
export async function missingRights(session: Session, login: LoginClass, version: number, hasLedger: boolean): Promise<string[]> {
  const { roles, functions = [], createRole = false } = WANTED[login];
  const known = Object.keys(roles).filter((role) => (roles[role] ?? 0) <= version);
  const lacking = await session.query(sql`
    select 'membership of ' || name as missing from unnest(${known}::text[]) as name where not pg_has_role(name, 'usage')
     union all select 'EXECUTE on ' || name from unnest(${[...functions]}::text[]) as name where not has_function_privilege('pg_catalog.' || name, 'execute')
     union all select 'CREATEROLE' from pg_roles where ${createRole} and rolname = current_user and not rolcreaterole and not rolsuper`);
  const ledger = hasLedger ? await session.query(ledgerQuestion(login)) : [];
  return [...lacking, ...ledger].map((row) => (row as { missing: string }).missing);
}

const ledgerQuestion = (login: LoginClass) => sql`
  select right_name || ' on runbooks.ledger' as missing from unnest(${login === 'read' ? ['select'] : ['select', 'insert']}::text[]) as right_name
   where not has_table_privilege('runbooks.ledger', right_name)`;

import { LOGIN_CLASSES, type LoginClass } from '../../workflows/contracts/operation-shape';
import { sql, type Sql } from '../sql/sql';
import type { Target } from './registry';

/** Rights that a predefined role or function gives from a version on. */
interface Right {
  readonly from?: number;
  /** Only for a target of several servers, whose primary can change. */
  readonly replicated?: true;
  readonly grant: (role: Sql) => Sql;
}

const MONITOR: Right = { grant: (role) => sql`grant pg_monitor to ${role}` };
const CONNECTIONS: Right = { from: 160_000, grant: (role) => sql`grant pg_use_reserved_connections to ${role}` };

/** The published least-privilege rights of each login class; measured on 15 and 18. */
const RIGHTS: Readonly<Record<LoginClass, readonly Right[]>> = {
  read: [MONITOR, CONNECTIONS],
  signal: [MONITOR, CONNECTIONS, { grant: (role) => sql`grant pg_signal_backend to ${role}` }],
  maintain: [MONITOR, { from: 170_000, grant: (role) => sql`grant pg_maintain to ${role}` }],
  own: [MONITOR],
  control: [
    MONITOR,
    CONNECTIONS,
    { grant: (role) => sql`alter role ${role} createrole` },
    { grant: (role) => sql`grant execute on function pg_catalog.pg_create_restore_point(text) to ${role}` },
    { grant: (role) => sql`grant execute on function pg_catalog.pg_reload_conf() to ${role}` },
    { grant: (role) => sql`grant execute on function pg_catalog.pg_promote(boolean, integer) to ${role}` },
    { from: 150_000, grant: (role) => sql`grant pg_checkpoint to ${role}` },
    // Slots are made and dropped with the attribute; before 15 no grant gives the settings, and a superuser is needed.
    { replicated: true, grant: (role) => sql`alter role ${role} replication` },
    // What pg_rewind reads its source with.
    { replicated: true, grant: (role) => sql`grant execute on function pg_catalog.pg_ls_dir(text, boolean, boolean) to ${role}` },
    { replicated: true, grant: (role) => sql`grant execute on function pg_catalog.pg_stat_file(text, boolean) to ${role}` },
    { replicated: true, grant: (role) => sql`grant execute on function pg_catalog.pg_read_binary_file(text) to ${role}` },
    { replicated: true, grant: (role) => sql`grant execute on function pg_catalog.pg_read_binary_file(text, bigint, bigint, boolean) to ${role}` },
    {
      from: 150_000,
      replicated: true,
      grant: (role) =>
        sql`grant set, alter system on parameter default_transaction_read_only, primary_conninfo, primary_slot_name, synchronous_standby_names to ${role}`,
    },
    // A node that comes back without client tools is copied by the low-level backup functions.
    {
      from: 150_000,
      replicated: true,
      grant: (role) => sql`grant execute on function pg_catalog.pg_backup_start(text, boolean), pg_catalog.pg_backup_stop(boolean) to ${role}`,
    },
  ],
};

/**
 * The script that makes a target's logins with the least rights that the operations need; run as a superuser in the target's database.
 *
 * Passwords are not in it. `own` still needs the ownership of what it is to change (extensions, leftovers), and on 16 and later
 * `control` needs ADMIN OPTION on each application role whose connections it may limit.
 */
export function grantStatements(target: Target, version: number): Sql[] {
  return LOGIN_CLASSES.flatMap((login) => {
    const user = target.logins[login]?.user;
    if (!user) return [];
    const role = sql.identifier(user);
    const rights = RIGHTS[login].filter((right) => (right.from ?? 0) <= version && (!right.replicated || target.nodes.length > 1));
    return [
      createRole(user),
      sql`grant connect on database ${sql.identifier(target.database)} to ${role}`,
      ...rights.map((right) => right.grant(role)),
    ];
  });
}

// CREATE ROLE has no IF NOT EXISTS; running the script again must change nothing.
const createRole = (user: string): Sql => sql`
  do ${sql.literal(`begin if not exists (select from pg_roles where rolname = ${quote(user)}) then create role ${sql.identifier(user).text} login; end if; end`)}`;

const quote = (text: string): string => sql.literal(text).text;

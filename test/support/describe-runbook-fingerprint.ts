import { createHash } from 'node:crypto';
import type { Client } from 'pg';

/** What is looked at, by section: everything that a runbook could leave behind, by name and never by oid. */
const SECTIONS: Readonly<Record<string, string>> = {
  relations: `select n.nspname, c.relname, c.relkind, pg_get_userbyid(c.relowner), c.relacl::text, c.reloptions::text, c.relpersistence
    from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname not in ('pg_toast', 'pg_catalog', 'information_schema')`,
  columns: `select a.attrelid::regclass::text, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attisdropped, a.attacl::text
    from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace where n.nspname not in ('pg_toast', 'pg_catalog', 'information_schema')`,
  functions: `select n.nspname, p.oid::regprocedure::text, pg_get_userbyid(p.proowner), p.proacl::text, md5(p.prosrc), p.probin, p.proconfig::text
    from pg_proc p join pg_namespace n on n.oid = p.pronamespace`,
  triggers: `select t.tgrelid::regclass::text, t.tgname, t.tgenabled, t.tgfoid::regproc::text from pg_trigger t where not t.tgisinternal`,
  operators: 'select o.oid::regoperator::text, o.oprcode::text from pg_operator o',
  schemas: 'select nspname, pg_get_userbyid(nspowner), nspacl::text from pg_namespace',
  roles:
    'select rolname, rolsuper, rolcreaterole, rolcreatedb, rolcanlogin, rolreplication, rolconnlimit, rolvaliduntil, rolconfig::text from pg_roles',
  memberships: 'select roleid::regrole::text, member::regrole::text, admin_option from pg_auth_members',
  roleSettings: 'select setdatabase, setrole::regrole::text, setconfig::text from pg_db_role_setting',
  databases: 'select datname, datconnlimit, datallowconn, datacl::text from pg_database',
  fileSettings: 'select sourcefile, name, setting, applied from pg_file_settings',
  extensions: 'select extname, extversion, pg_get_userbyid(extowner), extnamespace::regnamespace::text from pg_extension',
  sequences: 'select schemaname, sequencename, last_value from pg_sequences',
  slots: 'select slot_name, plugin, slot_type from pg_replication_slots',
  prepared: 'select gid from pg_prepared_xacts',
  ledger: 'select key, state, result::text, before::text from runbooks.ledger',
};

/** A hash of each section of the target and of the rows of each table; two equal ones mean that nothing was changed. */
export async function fingerprint(admin: Client): Promise<Record<string, string>> {
  const prints: Record<string, string> = {};
  for (const [name, statement] of Object.entries(SECTIONS)) prints[name] = await hashOf(admin, statement);
  const { rows } = await admin.query<{ name: string }>(
    `select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname not in ('pg_catalog', 'information_schema', 'runbooks')`,
  );
  for (const { name } of rows) prints[`rows of ${name}`] = await hashOf(admin, `table ${name}`);
  return prints;
}

/**
 * The same without the ledger, in which a run that was rolled back stands as such, and of rows only those of `app`:
 * a refresh has no undo, and what it made equal stays so.
 */
export async function fingerprintBesideLedger(admin: Client): Promise<Record<string, string>> {
  const { ledger: _, sequences: __, ...others } = await fingerprint(admin);
  return Object.fromEntries(Object.entries(others).filter(([name]) => !name.startsWith('rows of ') || name.startsWith('rows of app.')));
}

async function hashOf(admin: Client, statement: string): Promise<string> {
  const { rows } = await admin.query<{ rows: string; count: string }>(
    `select count(*)::text as count, coalesce(string_agg(t::text, e'\\n' order by t::text), '') as rows from (${statement}) t`,
  );
  return `${rows[0]?.count} rows, ${createHash('sha256')
    .update(rows[0]?.rows ?? '')
    .digest('hex')
    .slice(0, 16)}`;
}

import { writeFileSync } from 'node:fs';
import { Client } from 'pg';
import { installStatements, uninstallStatements, type LoginRoles } from '../../../activities/effects/ledger-schema';
import { scrubbedMessage } from '../../../activities/sql/scrub';
import { rendered, type Sql } from '../../../activities/sql/sql';
import { grantStatements } from '../../../activities/targets/grants';
import type { Target } from '../../../activities/targets/registry';
import { LOGIN_CLASSES } from '../../../workflows/contracts/operation-shape';
import { EXIT, CliFailure } from '../terminal/exit-codes';

/** The newest version whose grants are printed where no server is asked. */
const NEWEST = 180_000;

/** The roles of a target's logins. */
const rolesOf = ({ logins }: Target): LoginRoles =>
  Object.fromEntries(LOGIN_CLASSES.flatMap((login) => (logins[login] ? [[login, logins[login].user]] : [])));

/** The whole script for an administrator: logins with their grants, then the ledger. */
export function installScript(target: Target, version: number = NEWEST): string {
  const lines = (statements: readonly Sql[]): string[] => statements.map((statement) => `${rendered(statement)};`);
  return [
    `-- ${target.name}: run as a superuser in database ${target.database} (PostgreSQL ${Math.floor(version / 10_000)}).`,
    '-- The logins with their least rights. Set passwords yourself: \\password <role>.',
    ...lines(grantStatements(target, version)),
    '-- "own" must own what it is to change, or be a member of the owner: grant <owner> to <own login>;',
    ...(version >= 160_000 ? ['-- For role limits: grant <application role> to <control login> with admin true, inherit false, set false;'] : []),
    '',
    '-- The ledger.',
    'begin;',
    ...lines(installStatements(rolesOf(target))),
    'commit;',
  ].join('\n');
}

/** Installs the ledger, and with `logins` the logins too, in one transaction; throws CliFailure when the server is another one. */
export async function installLedger(target: Target, adminUrl: string, { logins }: { logins: boolean }): Promise<void> {
  await asAdmin(target, adminUrl, async (admin, version) => {
    for (const { text, values } of [...(logins ? grantStatements(target, version) : []), ...installStatements(rolesOf(target))])
      await admin.query(text, [...values]);
  });
}

/** Saves the ledger's rows to a new file as JSON, then drops the ledger, in one transaction; returns how many rows there were. */
export async function uninstallLedger(target: Target, adminUrl: string, file: string): Promise<number> {
  return asAdmin(target, adminUrl, async (admin) => {
    await admin.query("set local lock_timeout = '5s'");
    await admin.query('lock table runbooks.ledger in access exclusive mode');
    const { rows } = await admin.query<{ entry: unknown }>('select to_json(l) as entry from runbooks.ledger l order by seq');
    // A new file only: an older save must not be lost.
    writeFileSync(
      file,
      `${JSON.stringify({ target: target.name, savedAt: new Date().toISOString(), rows: rows.map((row) => row.entry) }, null, 2)}\n`,
      { flag: 'wx', mode: 0o600 },
    );
    for (const { text, values } of uninstallStatements()) await admin.query(text, [...values]);
    return rows.length;
  });
}

async function asAdmin<T>(target: Target, adminUrl: string, body: (admin: Client, version: number) => Promise<T>): Promise<T> {
  const admin = new Client({ connectionString: adminUrl, application_name: 'rb:install', connectionTimeoutMillis: 5_000 });
  try {
    await admin.connect();
  } catch (error) {
    throw new CliFailure(
      EXIT.unreachable,
      `No connection as administrator of ${target.name}: ${scrubbedMessage(error)}. Nothing was changed; check the URL in the variable.`,
    );
  }
  try {
    const version = await refuseOldServer(target, admin);
    await admin.query('begin');
    const result = await body(admin, version);
    await admin.query('commit');
    return result;
  } catch (error) {
    await admin.query('rollback').catch(() => undefined);
    if (error instanceof CliFailure) throw error;
    throw new CliFailure(EXIT.failed, `${scrubbedMessage(error)}. Nothing was changed on ${target.name}.${nextAction(error, target)}`);
  } finally {
    await admin.end().catch(() => undefined);
  }
}

/** Whether the administrator's URL leads to the target's own database; returns the server's version. */
async function refuseOldServer({ name, database, expects }: Target, admin: Client): Promise<number> {
  const { rows } = await admin.query<{ database: string; id: string; version: string; standby: boolean }>(
    "select current_database() as database, system_identifier::text as id, current_setting('server_version_num') as version, pg_is_in_recovery() as standby from pg_control_system()",
  );
  const server = rows[0];
  if (!server || server.database !== database || (expects && expects.systemIdentifier !== server.id)) {
    throw new CliFailure(
      EXIT.refused,
      `The administrator's URL leads to database ${server?.database ?? '?'} of system ${server?.id ?? '?'}, and ${name} is database ${database}${expects ? ` of system ${expects.systemIdentifier}` : ''}. Nothing was changed; correct the URL.`,
    );
  }
  if (server.standby)
    throw new CliFailure(EXIT.refused, `The administrator's URL leads to a standby of ${name}; nothing can be changed there. Give the primary.`);
  return Number(server.version);
}

function nextAction(error: unknown, { name }: Target): string {
  const { code } = error as { code?: string };
  if (code === '42704')
    return ` A login's role is missing: run it again with --with-logins, or run the script of "runbook target install ${name} --print".`;
  if (code === 'EEXIST') return ' The file exists already: name another one with --save.';
  if (code === '42P01' || code === '3F000') return ' There is no ledger.';
  return '';
}

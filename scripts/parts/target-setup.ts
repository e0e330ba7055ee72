import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import { grantStatements } from '../../activities/targets/grants';
import { registryOf } from '../../activities/targets/registry';
import { LOGIN_CLASSES } from '../../workflows/contracts/operation-shape';
import { installStatements } from '../../activities/effects/ledger-schema';
import type { Sql } from '../../activities/sql/sql';
import type { PostgresPart } from './postgres-server';

/** What has to be known of the server on which a target is made. */
export type TargetServer = Pick<PostgresPart, 'host' | 'port' | 'version' | 'url'>;

export interface TargetWanted {
  readonly name: string;
  readonly database: string;
  readonly environment: string;
  readonly approvals?: 'claimed' | 'principal';
  /** Application roles whose connection limit the control login may change. */
  readonly applicationRoles?: readonly string[];
  /** The servers as targets.yaml names them; this server alone when left out. */
  readonly nodes?: readonly object[];
}

const ROLES = { read: 'rb_read', signal: 'rb_signal', maintain: 'rb_maint', own: 'rb_own', control: 'rb_ctl' } as const;

/**
 * Makes a database with the published least-privilege logins and the ledger, and returns its entry for targets.yaml.
 *
 * Passwords go into this process's environment under the names that the entry refers to.
 */
export async function prepareTarget(postgres: TargetServer, wanted: TargetWanted): Promise<object> {
  const entry = await entryOf(postgres, wanted);
  const target = registryOf({ targets: { [wanted.name]: entry } }).find(wanted.name);
  const cluster = await connect(postgres.url());
  const exists = await cluster.query('select from pg_database where datname = $1', [wanted.database]);
  if (exists.rowCount === 0) await cluster.query(`create database ${cluster.escapeIdentifier(wanted.database)}`);
  await cluster.end();
  const admin = await connect(postgres.url(wanted.database));
  await runAll(admin, grantStatements(target, versionOf(postgres)));
  for (const login of LOGIN_CLASSES)
    await admin.query(`alter role ${ROLES[login]} login password ${admin.escapeLiteral(passwordFor(wanted.name, login))}`);
  for (const role of wanted.applicationRoles ?? []) {
    // From 16 on, CREATEROLE alone is not enough: the control login needs ADMIN OPTION on each role that it may limit.
    if (versionOf(postgres) >= 160_000)
      await admin.query(`grant ${admin.escapeIdentifier(role)} to rb_ctl with admin true, inherit false, set false`);
  }
  await runAll(admin, installStatements(ROLES));
  await admin.end();
  return entry;
}

/** The environment variables that hold the passwords of a target's logins. */
export const passwordVariables = (name: string): Record<string, string> =>
  Object.fromEntries(LOGIN_CLASSES.map((login) => [variableFor(name, login), passwordFor(name, login)]));

async function entryOf(postgres: TargetServer, wanted: TargetWanted): Promise<object> {
  const cluster = await connect(postgres.url());
  const { rows } = await cluster.query<{ id: string; directory: string }>(
    `select system_identifier::text as id, current_setting('data_directory') as directory from pg_control_system()`,
  );
  await cluster.end();
  const server = rows[0];
  if (!server) throw new Error('The server does not say who it is.');
  return {
    environment: wanted.environment,
    database: wanted.database,
    expects: { systemIdentifier: server.id },
    nodes: wanted.nodes ?? [{ name: `${wanted.name}-1`, host: postgres.host, port: postgres.port, dataDirectory: server.directory }],
    logins: Object.fromEntries(LOGIN_CLASSES.map((login) => [login, { user: ROLES[login], password: { env: variableFor(wanted.name, login) } }])),
    ...(wanted.approvals ? { approvals: wanted.approvals } : {}),
  };
}

const variableFor = (name: string, login: string): string => `RUNBOOKS_${name.toUpperCase().replaceAll('-', '_')}_${login.toUpperCase()}_PASSWORD`;

function passwordFor(name: string, login: string): string {
  const variable = variableFor(name, login);
  return (process.env[variable] ??= randomBytes(12).toString('hex'));
}

async function connect(url: string): Promise<Client> {
  const client = new Client({ connectionString: url });
  await client.connect();
  return client;
}

async function runAll(client: Client, statements: readonly Sql[]): Promise<void> {
  for (const { text, values } of statements) await client.query(text, [...values]);
}

const versionOf = (postgres: TargetServer): number => Number(postgres.version.split('.')[0]) * 10_000;

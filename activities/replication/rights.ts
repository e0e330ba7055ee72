import { z } from 'zod';
import type { Requirement } from '../sql/requirements';
import { one } from '../sql/rows';
import { scrubbedMessage } from '../sql/scrub';
import { sql, type Sql } from '../sql/sql';
import type { Cluster } from './cluster';
import type { NodeSessionWanted } from './node-session';
import type { NodeAct } from './providers';
import type { ClusterSetting } from './settings';

/** A right that a login needs on a node: a condition asked by the login itself, and what an administrator runs where it does not hold. */
export interface Right {
  readonly holds: (version: number) => Sql;
  readonly may: string;
  readonly grant: (user: string, version: number) => string;
}

const SUPERUSER = sql`(select rolsuper from pg_roles where rolname = current_user)`;
const run = (what: string): string => `Run: ${what}.`;

/** ALTER SYSTEM on a setting; before 15 only a superuser has it. */
export const mayAlterSystem = (setting: ClusterSetting): Right => ({
  holds: (version) => (version < 150_000 ? SUPERUSER : sql`has_parameter_privilege(${setting}, 'alter system')`),
  may: `change ${setting} by ALTER SYSTEM`,
  grant: (user, version) =>
    version < 150_000 ? run(`ALTER ROLE ${user} SUPERUSER`) : run(`GRANT SET, ALTER SYSTEM ON PARAMETER ${setting} TO ${user}`),
});

const mayExecute = (signature: string, may: string): Right => ({
  holds: () => sql`has_function_privilege(${`pg_catalog.${signature}`}, 'execute')`,
  may,
  grant: (user) => run(`GRANT EXECUTE ON FUNCTION pg_catalog.${signature} TO ${user}`),
});

export const mayReload: Right = mayExecute('pg_reload_conf()', 'reload the configuration');
export const mayPromote: Right = mayExecute('pg_promote(boolean, integer)', 'promote a standby');

export const mayCheckpoint: Right = {
  holds: (version) => (version < 150_000 ? SUPERUSER : sql`pg_has_role('pg_checkpoint', 'usage')`),
  may: 'run CHECKPOINT',
  grant: (user, version) => (version < 150_000 ? run(`ALTER ROLE ${user} SUPERUSER`) : run(`GRANT pg_checkpoint TO ${user}`)),
};

export const mayMakeSlots: Right = {
  holds: () => sql`(select rolreplication or rolsuper from pg_roles where rolname = current_user)`,
  may: 'create and drop replication slots',
  grant: (user) => run(`ALTER ROLE ${user} REPLICATION`),
};

export const mayTerminate: Right = {
  holds: () => sql`pg_has_role('pg_signal_backend', 'usage')`,
  may: 'terminate sessions',
  grant: (user) => run(`GRANT pg_signal_backend TO ${user}`),
};

export const mayWriteLedger: Right = {
  holds: () => sql`has_column_privilege(to_regclass('runbooks.ledger')::oid, 'token', 'update')`,
  may: 'write the ledger (runbooks.ledger)',
  grant: () => 'Run what "runbook target install --print" shows.',
};

const Version = z.object({ version: z.number(), user: z.string() });
const Holds = z.object({ holds: z.boolean().nullable() });

/** Asks each right by the login that will need it. A node that does not answer throws; a login that is refused lacks everything. */
export async function requireRights(
  cluster: Cluster,
  node: string,
  needs: { readonly login: NodeSessionWanted['login']; readonly rights: readonly Right[] },
): Promise<Requirement[]> {
  const { login, rights } = needs;
  try {
    return await cluster.on(node, { login }, async (session) => {
      const who = sql`select current_setting('server_version_num')::int as version, quote_ident(current_user) as user`;
      const { version, user } = one(Version).take(await session.query(who));
      const asked: Requirement[] = [];
      for (const { holds, may, grant } of rights)
        asked.push({
          ...one(Holds).take(await session.query(sql`select (${holds(version)})::boolean as holds`)),
          lacks: `On ${node} the login ${user} may not ${may}. ${grant(user, version)}`,
        });
      return asked;
    });
  } catch (error) {
    if (!isRefusedLogin(error)) throw error;
    return [{ holds: false, lacks: `The ${login} login of targets.yaml cannot connect to ${node}: ${scrubbedMessage(error)}.` }];
  }
}

/** SQLSTATE class 28: invalid authorization. */
const isRefusedLogin = (error: unknown): boolean => typeof error === 'object' && error !== null && 'code' in error && /^28/.test(String(error.code));

/** Whether the server process and the files of a node can be reached from here for these acts; of a node without data, whether it can be copied anew. */
export async function requireControl(cluster: Cluster, node: string, acts: readonly NodeAct[]): Promise<Requirement[]> {
  const { control } = cluster.node(node);
  const isEmpty = control.by === 'local' && (await control.state()).control === null;
  const needed = isEmpty ? (['reclone'] as const) : acts;
  const answers = await Promise.all(needed.map((act) => control.can(act)));
  return answers.map((can, i) => ({ holds: can === true, lacks: `${node} cannot be controlled from here (${needed[i] ?? ''}): ${String(can)}.` }));
}

/** Whether the endpoint answers its control interface. */
export async function requireEndpoint(cluster: Cluster): Promise<Requirement[]> {
  const { endpoint } = cluster;
  const why = await endpoint.describe().then(
    () => null,
    (error: unknown) => scrubbedMessage(error),
  );
  return [{ holds: why === null, lacks: `The endpoint ${endpoint.label} does not answer: ${why ?? ''}` }];
}

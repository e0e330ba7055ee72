import { z } from 'zod';
import type { TargetBriefing, TargetIdentity } from '../../workflows/contracts/identity';
import { KernelFailure } from '../sql/kernel-failure';
import { one } from '../sql/rows';
import { inTransaction, lookingSettings, type Place, type Session, type Sessions } from '../sql/session';
import { sql } from '../sql/sql';
import { closedBecause } from './change-windows';
import type { Registry } from './registry';

const Measured = z.object({
  system_identifier: z.string(),
  database: z.string(),
  database_oid: z.string(),
  in_recovery: z.boolean(),
  timeline: z.number(),
  version: z.string(),
  version_number: z.number(),
  data_directory: z.string().nullable(),
  has_ledger: z.boolean(),
  sees_others: z.boolean(),
});

/** Sources: pg_control_system(), pg_control_checkpoint(), pg_database; a primary's timeline is that of its WAL file name. */
const MEASURE = sql`
  select c.system_identifier::text as system_identifier, current_database() as database,
         (select oid::text from pg_database where datname = current_database()) as database_oid,
         pg_is_in_recovery() as in_recovery,
         case when pg_is_in_recovery() then p.timeline_id
              else ('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::int end as timeline,
         current_setting('server_version') as version, current_setting('server_version_num')::int as version_number,
         case when pg_has_role('pg_read_all_settings', 'usage') then current_setting('data_directory', true) end as data_directory,
         to_regclass('runbooks.ledger') is not null as has_ledger,
         pg_has_role('pg_read_all_stats', 'usage') as sees_others
    from pg_control_system() c, pg_control_checkpoint() p`;

type Measured = z.infer<typeof Measured>;

/** Measures who answers under a target's name; throws UnknownTarget, TargetUnreachable or UnsupportedVersion. */
export async function measure(
  sessions: Sessions,
  name: string,
): Promise<{ identity: TargetIdentity; measured: Measured; place: Place; token: number }> {
  const settings = lookingSettings('rb:identify');
  return sessions.use({ target: name, login: 'read', node: 'either', settings }, (session, place) =>
    inTransaction(session, 'READ ONLY', async () => {
      const found = await identify(session, place);
      return { ...found, place, token: found.measured.has_ledger ? await ledgerToken(session) : 0 };
    }),
  );
}

async function identify(session: Session, place: Place): Promise<{ identity: TargetIdentity; measured: Measured }> {
  const measured = one(Measured).take(await session.query(MEASURE));
  if (measured.version_number < 140_000) {
    throw new KernelFailure('UnsupportedVersion', `${place.target} runs PostgreSQL ${measured.version}; pg-runbooks supports 14 to 18.`);
  }
  const identity: TargetIdentity = {
    target: place.target,
    environment: '',
    systemIdentifier: measured.system_identifier,
    database: measured.database,
    databaseOid: measured.database_oid,
    node: place.node,
    address: place.address,
    dataDirectory: measured.data_directory,
    role: measured.in_recovery ? 'standby' : 'primary',
    timeline: measured.timeline,
    version: measured.version,
    versionNumber: measured.version_number,
  };
  return { identity, measured };
}

const Fence = z.object({ token: z.coerce.number() });

async function ledgerToken(session: Session): Promise<number> {
  return one(Fence).take(await session.query(sql`select token from runbooks.ledger where key = 'fence'`)).token;
}

/** What a run must know of its target before its first step. */
export async function brief(
  sessions: Sessions,
  registry: Registry,
  name: string,
  searchAttributes: readonly string[],
  controlToken: (systemIdentifier: string) => Promise<number>,
): Promise<TargetBriefing> {
  const target = registry.find(name);
  const { identity, measured, place, token } = await measure(sessions, name);
  return {
    identity: { ...identity, environment: target.environment },
    notReady: problems(name, measured, place),
    // A lossy failover takes the target's own token backwards; the control database's stays.
    ledgerToken: target.nodes.length > 1 ? Math.max(token, await controlToken(identity.systemIdentifier)) : token,
    claimedApprovalsCount: target.environment !== 'production' || target.approvals === 'claimed',
    taskQueue: target.taskQueue ?? null,
    searchAttributes,
    closed: closedBecause(target, new Date()),
  };
}

function problems(name: string, measured: Measured, { expected, address }: Place): string[] {
  const found: (string | false)[] = [
    !expected && `targets.yaml has no "expects" for it: run "runbook targets probe ${name}" and paste what it prints`,
    expected !== null &&
      expected.systemIdentifier !== measured.system_identifier &&
      `the server at ${address} has system identifier ${measured.system_identifier}, and targets.yaml expects ${expected.systemIdentifier}`,
    expected !== null &&
      expected.database !== measured.database &&
      `the database is ${measured.database}, and targets.yaml expects ${expected.database}`,
    expected?.dataDirectory != null &&
      measured.data_directory !== null &&
      expected.dataDirectory !== measured.data_directory &&
      `its data directory is ${measured.data_directory}, and targets.yaml expects ${expected.dataDirectory}`,
    !measured.has_ledger && `it has no ledger: run "runbook target install ${name}"`,
    !measured.sees_others && `its read login is no member of pg_monitor and cannot see other sessions`,
  ];
  return found.filter((problem) => problem !== false);
}

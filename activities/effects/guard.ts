import { z } from 'zod';
import { KernelFailure } from '../sql/kernel-failure';
import { one } from '../sql/rows';
import type { Place, Session } from '../sql/session';
import { sql } from '../sql/sql';
import { meaningOf } from '../sql/sqlstates';
import type { NodeRole } from './operation';

/** Which server an effect may happen on: the one of targets.yaml, in the role that the operation needs, in the plan's very database. */
export interface Guard {
  readonly place: Place;
  readonly node: NodeRole;
  readonly plannedOid: string | undefined;
}

export const Server = z.object({
  system_identifier: z.string(),
  database: z.string(),
  database_oid: z.string(),
  in_recovery: z.boolean(),
  timeline: z.number().nullable(),
  data_directory: z.string().nullable(),
});
export type Server = z.infer<typeof Server>;

/** Sources: pg_control_system(), pg_is_in_recovery(), the name of the WAL file, the setting data_directory (needs pg_read_all_settings). */
export const SERVER = sql`
  select c.system_identifier::text as system_identifier, current_database()::text as database,
         (select oid::text from pg_database where datname = current_database()) as database_oid, pg_is_in_recovery() as in_recovery,
         case when not pg_is_in_recovery() then ('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::int end as timeline,
         case when pg_has_role('pg_read_all_settings', 'usage') then current_setting('data_directory', true) end as data_directory
    from pg_control_system() c`;

/** Refuses to go on unless this very session is on the expected server, database and role; a plan's database is known by its oid too. */
export function judgeServer(server: Server, { place, node, plannedOid }: Guard): void {
  const { expected } = place;
  if (!expected)
    throw new KernelFailure(
      'TargetNotReady',
      `targets.yaml has no expected identity for ${place.target}: run "runbook targets probe ${place.target}" and paste what it prints.`,
    );
  const wrong = [
    server.system_identifier !== expected.systemIdentifier && `system identifier ${server.system_identifier} instead of ${expected.systemIdentifier}`,
    server.database !== expected.database && `database ${server.database} instead of ${expected.database}`,
    plannedOid !== undefined &&
      server.database_oid !== plannedOid &&
      `another database of the name ${server.database} than the one of the plan (oid ${server.database_oid} instead of ${plannedOid})`,
    expected.dataDirectory !== null &&
      server.data_directory !== null &&
      server.data_directory !== expected.dataDirectory &&
      `data directory ${server.data_directory} instead of ${expected.dataDirectory}`,
  ].filter((problem) => problem !== false);
  if (wrong.length) {
    throw new KernelFailure(
      'IdentityMismatch',
      `${place.address} is not the server that targets.yaml describes for ${place.target}: ${wrong.join(', ')}. Nothing was changed. Look which server answers there before anything else.`,
    );
  }
  if (node !== 'either' && server.in_recovery !== (node === 'standby')) {
    throw new KernelFailure(
      'WrongRole',
      `${place.node} of ${place.target} is a ${server.in_recovery ? 'standby' : 'primary'}, and a ${node} is needed. Its role has changed, or targets.yaml names the wrong node.`,
    );
  }
}

/** A server that is not the expected one often refuses the claim itself (no ledger, read-only); then that is said, and not its error. */
export async function refuseWrongServer(session: Session, guard: Guard, error: unknown): Promise<void> {
  if (error instanceof KernelFailure || !['rejected', 'wrong-node'].includes(meaningOf(error))) return;
  const rows = await session.query(SERVER).catch(() => null);
  if (rows) judgeServer(one(Server).take(rows), guard);
}

/** Keeps out a zombie: a run whose lock was passed on holds a smaller token than the ledger's fence. */
export function judgeFence(fence: number | null, token: number): void {
  if (!Number.isSafeInteger(token) || token < 1) throw new KernelFailure('FlowError', 'A change came without a lock token; nothing was done.');
  if (fence === null)
    throw new KernelFailure('TargetNotReady', 'The ledger has lost its fence row: run "runbook target install" again. Nothing was done.');
  if (fence > token) {
    throw new KernelFailure(
      'Superseded',
      `This run's lock token ${token} is older than ${fence}, which a newer holder of the target lock has used. Nothing was changed by this attempt.`,
    );
  }
}

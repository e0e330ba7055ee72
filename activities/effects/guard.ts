import { z } from 'zod';
import { KernelFailure } from '../sql/kernel-failure';
import { one } from '../sql/rows';
import { ledgerOf, type Place, type Session } from '../sql/session';
import { sql } from '../sql/sql';
import type { NodeRole } from './operation';

const Server = z.object({
  system_identifier: z.string(),
  database: z.string(),
  database_oid: z.string(),
  in_recovery: z.boolean(),
  data_directory: z.string().nullable(),
});

/** Sources: pg_control_system(), pg_is_in_recovery(), the setting data_directory (needs pg_read_all_settings). */
const WHO_ARE_YOU = sql`
  select c.system_identifier::text as system_identifier, current_database() as database,
         (select oid::text from pg_database where datname = current_database()) as database_oid, pg_is_in_recovery() as in_recovery,
         case when pg_has_role('pg_read_all_settings', 'usage') then current_setting('data_directory', true) end as data_directory
    from pg_control_system() c`;

/** Refuses to go on unless this very session is on the expected server, database and role; a plan's database is known by its oid too. */
export async function checkIdentity(session: Session, place: Place, node: NodeRole, plannedOid?: string): Promise<void> {
  const server = one(Server).take(await session.query(WHO_ARE_YOU));
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

const Fence = z.object({ token: z.coerce.number() });

/**
 * Keeps out a zombie: a run whose lock was passed on holds a smaller token than the ledger's fence.
 *
 * Raises the fence when ours is greater; waits for older transactions that still hold it.
 */
export async function checkFence(session: Session, token: number): Promise<void> {
  if (!Number.isSafeInteger(token) || token < 1) throw new KernelFailure('FlowError', 'A change came without a lock token; nothing was done.');
  const { table, fence: key } = ledgerOf(session);
  const fence = one(Fence).take(await session.query(sql`select token from ${table} where key = ${key} for share`));
  if (fence.token > token) {
    throw new KernelFailure(
      'Superseded',
      `This run's lock token ${token} is older than ${fence.token}, which a newer holder of the target lock has used. Nothing was changed by this attempt.`,
    );
  }
  if (fence.token < token) await session.run(sql`update ${table} set token = ${token} where key = ${key} and token < ${token}`);
}

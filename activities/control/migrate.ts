import type { Client } from 'pg';
import { sha256 } from '../../workflows/pure/hash';
import { KernelFailure } from '../sql/kernel-failure';
import { MIGRATIONS, type Migration } from './migrations';

// Any constant will do; workers that start together must agree on it.
const LOCK = 'select pg_advisory_xact_lock(7238, 1)';

/** Brings the control schema up to date: one transaction a migration, and one worker at a time. */
export async function applyMigrations(client: Client, migrations: readonly Migration[] = MIGRATIONS): Promise<void> {
  await underMigrationLock(client, () => client.query(HISTORY));
  for (const migration of migrations) await underMigrationLock(client, () => apply(client, migration));
}

/** Runs `body` in a transaction that no other migration shares. */
export async function underMigrationLock(client: Client, body: () => Promise<unknown>): Promise<void> {
  await client.query('begin');
  try {
    await client.query(LOCK);
    await body();
    await client.query('commit');
  } catch (error) {
    await client.query('rollback').catch(() => undefined);
    throw error;
  }
}

const HISTORY = `
create schema if not exists runbooks_control;
create table if not exists runbooks_control.migration (
  number integer primary key,
  name text not null,
  sha256 text not null,
  applied_at timestamptz not null default clock_timestamp()
)`;

async function apply(client: Client, { number, name, statements }: Migration): Promise<void> {
  const digest = sha256(statements);
  const { rows } = await client.query<{ sha256: string }>('select sha256 from runbooks_control.migration where number = $1', [number]);
  const applied = rows[0]?.sha256;
  if (applied === digest) return;
  if (applied !== undefined) {
    throw new KernelFailure(
      'TargetNotReady',
      `Migration ${number} (${name}) of the control database was applied with another text. Run the version that applied it, or add a new migration.`,
    );
  }
  await client.query(statements);
  await client.query('insert into runbooks_control.migration (number, name, sha256) values ($1, $2, $3)', [number, name, digest]);
}

import type { Client } from 'pg';
import { layImmediateBed } from './immediate-bed';
import { layQueuedBed } from '../../../scripts/parts/queued-tviews';

export type Dialect = 'immediate' | 'queued';
export const DIALECTS: readonly Dialect[] = ['immediate', 'queued'];

/** Lays the bed of a dialect anew, whatever an earlier test left; the ledger starts empty too. */
export async function layBed(admin: Client, dialect: Dialect): Promise<void> {
  await clearBeds(admin);
  await (dialect === 'immediate' ? layImmediateBed(admin) : layQueuedBed(admin));
}

/** Takes away what the beds made. */
export async function clearBeds(admin: Client): Promise<void> {
  await admin.query(`reset role; set allow_system_table_mods = on; drop schema if exists pg_tviews_internal cascade; reset allow_system_table_mods; drop schema public cascade; create schema public; grant usage on schema public to public;
    delete from runbooks.ledger where key <> 'fence'; update runbooks.ledger set token = 0 where key = 'fence'`);
}

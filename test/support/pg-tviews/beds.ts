import type { Client } from 'pg';
import { layImmediateBed } from './immediate-bed';
import { layQueuedBed } from '../../../scripts/parts/queued-tviews';

export type Dialect = 'immediate' | 'queued';
export const DIALECTS: readonly Dialect[] = ['immediate', 'queued'];

/** Lays the bed of a dialect afresh, whatever an earlier test left; the ledger starts empty too. */
export async function layBed(admin: Client, dialect: Dialect): Promise<void> {
  await clearBeds(admin);
  await (dialect === 'immediate' ? layImmediateBed(admin) : layQueuedBed(admin));
}

/** Takes away what the beds made. */
export async function clearBeds(admin: Client): Promise<void> {
  await admin.query(`reset role; set lock_timeout = '10s'; set allow_system_table_mods = on; drop schema if exists pg_tviews_internal cascade; reset allow_system_table_mods; drop schema public cascade; create schema public; grant usage on schema public to public;
    delete from runbooks.ledger where key <> 'fence'; update runbooks.ledger set token = 0 where key = 'fence'; reset lock_timeout`);
}

/** Changes orders behind the back of their triggers: a stale row, a ghost and a missing row. The orders' TVIEW then differs in 2 missing and 2 surplus rows. */
export async function makeOrdersStale(admin: Client): Promise<void> {
  await admin.query(`alter table tb_order disable trigger user; update tb_order set total = 0 where pk_order = 1; delete from tb_order where pk_order = 2;
    insert into tb_order values (99, 1, 9) on conflict do nothing; alter table tb_order enable trigger user`);
}

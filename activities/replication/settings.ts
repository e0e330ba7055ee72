import { z } from 'zod';
import { maybeOne, one } from '../sql/rows';
import type { Session } from '../sql/session';
import { sql } from '../sql/sql';

/** Settings that replication runbooks change by ALTER SYSTEM; each is reloadable since PostgreSQL 13. */
export type ClusterSetting = 'default_transaction_read_only' | 'primary_conninfo' | 'primary_slot_name';

const Found = z.object({ setting: z.string(), pending: z.boolean() });

/** A setting as this server uses it now. Source: pg_settings; primary_conninfo is shown to members of pg_read_all_settings only. */
export async function settingOf(session: Session, name: ClusterSetting): Promise<string> {
  const rows = await session.query(sql`select coalesce(reset_val, '') as setting, pending_restart as pending from pg_settings where name = ${name}`);
  return one(Found).take(rows).setting;
}

/** Sets it in postgresql.auto.conf and reloads; returns when new sessions see it. */
export async function alterSystem(session: Session, name: ClusterSetting, value: string | null): Promise<void> {
  await setSystem(session, name, value);
  await reload(session);
}

/** Sets it in postgresql.auto.conf without a reload. */
export async function setSystem(session: Session, name: ClusterSetting, value: string | null): Promise<void> {
  await session.run(
    value === null ? sql`alter system reset ${sql.identifier(name)}` : sql`alter system set ${sql.identifier(name)} = ${sql.literal(value)}`,
  );
}

/** Asks the postmaster to read its files again. */
const reload = async (session: Session): Promise<void> => void (await session.query(sql`select pg_reload_conf()`));

/** Whether a setting comes from postgresql.auto.conf. Source: pg_settings.sourcefile, for members of pg_read_all_settings. */
export async function isFromAutoConf(session: Session, name: ClusterSetting): Promise<boolean> {
  const rows = await session.query(sql`select 1 as here from pg_settings where name = ${name} and sourcefile like '%postgresql.auto.conf'`);
  return maybeOne(z.object({ here: z.number() })).take(rows) !== null;
}

/** A line of a plan that shows an ALTER SYSTEM without its value, where that may hold a password. */
export const alterSystemLine = (node: string, name: ClusterSetting, what: string): string =>
  `${node}: ALTER SYSTEM SET ${name} = ${what}; SELECT pg_reload_conf()`;

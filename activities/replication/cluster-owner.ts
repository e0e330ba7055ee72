import { readdir } from 'node:fs/promises';
import { sql, type Sql } from '../sql/sql';

/** A program that decides by itself who is primary; a runbook beside it would make two brains. */
export interface ClusterOwner {
  readonly name: OwnerName;
  /** What gave it away. */
  readonly sign: string;
  /** What it offers for a switchover. */
  readonly command: string;
}

const COMMANDS = {
  Patroni: 'patronictl switchover',
  CloudNativePG: 'kubectl cnpg promote',
  pg_auto_failover: 'pg_autoctl perform switchover',
  Stolon: 'stolonctl failkeeper',
  repmgr: 'repmgr standby switchover',
} as const;
export type OwnerName = keyof typeof COMMANDS;

/** One sign; a row of `OWNER_SIGNS`, or a file that `ownerFiles` found. */
export interface OwnerSign {
  readonly owner: string;
  readonly sign: string;
}

/**
 * What a node shows of a program that owns its cluster, surest first; for a session of the `read` login, on primary or standby.
 *
 * Without pg_monitor (pg_read_all_settings) archive and conninfo settings stay hidden and fewer signs are seen. No value of a setting is returned:
 * a conninfo may hold a password. Source: documentation and sources of the five programs for their application names, slots and settings.
 */
export const OWNER_SIGNS: Sql = sql`
  with sessions as (
    select case when application_name ilike 'patroni%' then 'Patroni'
                when application_name ilike 'cnpg%' or usename = 'streaming_replica' then 'CloudNativePG'
                when application_name ilike 'pgautofailover%' or application_name ilike 'pg_autoctl%' or usename in ('pgautofailover_monitor', 'pgautofailover_replicator')
                  then 'pg_auto_failover'
                when application_name ilike 'stolon%' then 'Stolon'
                when application_name ilike 'repmgr%' then 'repmgr' end as owner,
           format('a session of %s with application name "%s"', usename, application_name) as sign
      from pg_stat_activity where pid <> pg_backend_pid()
  ), settings as (
    select case when setting like '%/controller/%' or setting ilike '%cnpg%' then 'CloudNativePG'
                when setting ilike '%pgautofailover%' then 'pg_auto_failover'
                when setting ilike '%stolon%' then 'Stolon'
                when setting ilike '%repmgr%' then 'repmgr'
                when setting ilike '%patroni%' then 'Patroni' end as owner,
           format('its name or path in the setting %s', name) as sign
      from pg_settings
     where name in ('archive_command', 'restore_command', 'primary_conninfo', 'ssl_cert_file', 'shared_preload_libraries', 'config_file', 'hba_file')
  ), arguments as (
    select 'Patroni' as owner, format('%s settings given on the command line, as Patroni does', count(*)) as sign
      from pg_settings
     where source = 'command line' and name in ('cluster_name', 'hot_standby', 'wal_level', 'max_connections', 'max_wal_senders', 'max_prepared_transactions',
           'max_locks_per_transaction', 'track_commit_timestamp', 'max_replication_slots', 'max_worker_processes', 'wal_log_hints')
    having count(*) >= 6
  ), slots as (
    select case when slot_name like 'pgautofailover%' then 'pg_auto_failover'
                when slot_name like 'stolon%' then 'Stolon'
                when slot_name like '\\_cnpg%' then 'CloudNativePG'
                when slot_name like 'repmgr\\_slot%' then 'repmgr' end as owner,
           format('the replication slot %s', slot_name) as sign
      from pg_replication_slots
  ), objects as (
    select case extname when 'repmgr' then 'repmgr' when 'pgautofailover' then 'pg_auto_failover' end as owner, format('the extension %s', extname) as sign
      from pg_extension
     union all
    select 'repmgr', format('the schema repmgr in the database %s', current_database()) from pg_namespace where nspname = 'repmgr'
  )
  select distinct on (strength, owner, sign) owner, sign
    from (select 1 as strength, * from sessions union all select 2, * from arguments union all select 3, * from settings
          union all select 4, * from slots union all select 5, * from objects) as signs
   where owner is not null
   order by strength, owner, sign
   limit 20`;

const FILES: Readonly<Record<string, OwnerName>> = {
  'patroni.dynamic.json': 'Patroni',
  'postgresql-auto-failover.conf': 'pg_auto_failover',
  'postgresql-auto-failover-standby.conf': 'pg_auto_failover',
  'stolon-temp-postgresql.conf': 'Stolon',
};

/** The signs in a data directory of this machine; none where it cannot be read. */
export async function ownerFiles(dataDirectory: string): Promise<OwnerSign[]> {
  const names = await readdir(dataDirectory).catch(() => []);
  return names.flatMap((name) => {
    const owner = FILES[name];
    return owner ? [{ owner, sign: `the file ${name} in ${dataDirectory}` }] : [];
  });
}

/** The owner that the first sign tells of, with the command to use instead of a runbook; null without a sign. */
export function ownerOf(signs: readonly OwnerSign[]): ClusterOwner | null {
  for (const { owner, sign } of signs) {
    if (owner in COMMANDS) return { name: owner as OwnerName, sign, command: COMMANDS[owner as OwnerName] };
  }
  return null;
}

import { z } from 'zod';
import { TargetName } from '../../workflows/contracts/params';
import { Span } from '../../workflows/contracts/span';
import { milliseconds } from '../../workflows/pure/span';
import { operation } from '../effects/operation';
import { conditions, membership } from '../sql/requirements';
import { many, one } from '../sql/rows';
import { withoutLiterals } from '../sql/scrub';
import { sql, type Sql } from '../sql/sql';

const Target = z.strictObject({ target: TargetName });

const Slots = z.object({
  usable: z.number(),
  used: z.number(),
  free: z.number(),
  active: z.number(),
  idle: z.number(),
  idleInTransaction: z.number(),
  maxConnections: z.number(),
});

/**
 * Client connections against the slots that ordinary roles can use.
 *
 * Usable = max_connections - superuser_reserved_connections - reserved_connections (16 and later). Source: pg_stat_activity,
 * client backends only: the whole view also counts background processes.
 */
export const measureConnections = operation({
  effect: 'read',
  input: Target,
  example: { target: 'orders-eu' },
  answer: one(Slots),
  statement: () => sql`
    with slots as (
      select current_setting('max_connections')::int as max_connections,
             current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
               - coalesce(current_setting('reserved_connections', true), '0')::int as usable
    ), clients as (
      select count(*)::int as used,
             (count(*) filter (where state = 'active'))::int as active,
             (count(*) filter (where state = 'idle'))::int as idle,
             (count(*) filter (where state like 'idle in transaction%'))::int as idle_in_transaction
        from pg_stat_activity where backend_type = 'client backend'
    )
    select usable, used, greatest(usable - used, 0) as free, active, idle,
           idle_in_transaction as "idleInTransaction", max_connections as "maxConnections"
      from slots, clients`,
});

const Use = z.object({
  role: z.string(),
  application: z.string(),
  database: z.string(),
  sessions: z.number(),
  idle: z.number(),
  idleInTransaction: z.number(),
});

/** Who holds the connections: by role, application and database, the 20 largest. Source: pg_stat_activity. */
export const listConnectionUse = operation({
  effect: 'read',
  node: 'either',
  input: Target,
  example: { target: 'orders-eu' },
  answer: many(Use),
  statement: () => sql`
    select coalesce(usename, '') as role, application_name as application, coalesce(datname, '') as database, count(*)::int as sessions,
           (count(*) filter (where state = 'idle'))::int as idle,
           (count(*) filter (where state like 'idle in transaction%'))::int as "idleInTransaction"
      from pg_stat_activity
     where backend_type = 'client backend'
     group by usename, application_name, datname
     order by count(*) desc, role, application
     limit 20`,
});

/** Programs whose sessions are never terminated, whatever their state: backups, dumps, migrations, schedulers. */
export const PROTECTED_APPLICATIONS: readonly string[] = [
  'pg_dump',
  'pg_dumpall',
  'pg_restore',
  'pg_basebackup',
  'pg_receivewal',
  'pgbackrest',
  'barman',
  'wal-g',
  'pg_cron',
  'flyway',
  'liquibase',
];

/** The rule by which idle sessions are chosen. */
export const IdleRule = Target.extend({
  state: z.enum(['idle', 'idle in transaction']),
  /** How long they must have been in that state, by `state_change`. */
  longerThan: Span,
  /** How many are terminated in one step, the longest idle first. */
  maxPerRound: z.int().positive().max(200),
  /** How many the whole run may terminate. */
  maxSessions: z.int().positive().max(500),
  /** Further application names that are never touched. */
  protect: z.array(z.string().max(63)).max(50).default([]),
});

const Session = z.object({
  pid: z.number(),
  backendStart: z.string(),
  role: z.string(),
  application: z.string(),
  client: z.string(),
  state: z.string(),
  idleSeconds: z.number(),
  query: z.string().transform(withoutLiterals),
});

type Rule = z.output<typeof IdleRule>;

/** A session whose transaction has failed is idle in it too. */
const inState = ({ state }: Pick<Rule, 'state'>): Sql =>
  sql`(a.state = ${state} or (${state} = 'idle in transaction' and a.state = 'idle in transaction (aborted)'))`;

/** Sessions of this database that the rule matches, and why some of them are protected. */
const matching = (rule: Pick<Rule, 'state' | 'longerThan' | 'protect'>): Sql => sql`
  select a.pid, a.backend_start::text as "backendStart", coalesce(a.usename, '') as role, a.application_name as application,
         coalesce(a.client_addr::text, 'local') as client, a.state, extract(epoch from clock_timestamp() - a.state_change)::int as "idleSeconds",
         coalesce(a.query, '') as query, a.state_change,
         case when r.rolsuper then 'superuser'
              when r.rolreplication then 'replication role'
              when a.application_name like 'rb:%' then 'our own'
              when a.application_name = any(${[...PROTECTED_APPLICATIONS, ...rule.protect]}) then 'protected program'
              when exists (select from pg_locks l where l.pid = a.pid and l.locktype = 'advisory') then 'holds an advisory lock'
         end as protected_because
    from pg_stat_activity a join pg_roles r on r.oid = a.usesysid
   where a.backend_type = 'client backend' and a.datname = current_database() and a.pid <> pg_backend_pid()
     and ${inState(rule)}
     and a.state_change < clock_timestamp() - make_interval(secs => ${milliseconds(rule.longerThan) / 1_000})`;

const Candidates = z.object({ matching: z.number(), protected: z.number(), protectedWho: z.array(z.string()) });

/** What a login needs that terminates sessions by what pg_stat_activity says of them. */
export const mayTerminate = (login: string): Sql =>
  conditions(
    membership(login, 'pg_signal_backend', 'may not terminate the sessions of other roles'),
    membership(login, 'pg_read_all_stats', 'does not see the state of other sessions', 'pg_monitor'),
  );

/** How many sessions a rule matches and which ones are protected, and why (at most 20 named). */
export const countIdleSessions = operation({
  effect: 'read',
  input: IdleRule.pick({ target: true, state: true, longerThan: true, protect: true }),
  example: { target: 'orders-eu', state: 'idle in transaction', longerThan: '5 minutes', protect: ['my-batch'] },
  answer: one(Candidates),
  statement: (rule) => sql`
    select (count(*) filter (where protected_because is null))::int as matching,
           (count(*) filter (where protected_because is not null))::int as protected,
           coalesce((array_agg(format('%s %s (%s)', role, application, protected_because) order by pid) filter (where protected_because is not null))[1:20], '{}') as "protectedWho"
      from (${matching(rule)}) m`,
});

/**
 * Terminates sessions that have been idle for long, one by one, each only if it is still the same session in the same state.
 *
 * An idle session ignores a cancel. Procedures mnt-pool, tv-connections; login: member of pg_signal_backend and pg_monitor.
 */
export const terminateIdleSessions = operation({
  effect: 'write',
  repeat: 'one-shot',
  scope: 'database',
  login: 'signal',
  input: IdleRule,
  example: { target: 'orders-eu', state: 'idle', longerThan: '15 minutes', maxPerRound: 5, maxSessions: 10, protect: ['my-batch'] },
  exampleBefore: [
    {
      pid: 4711,
      backendStart: '2030-01-01 00:00:00+00',
      role: 'web',
      application: 'app',
      client: 'local',
      state: 'idle',
      idleSeconds: 1_000,
      query: 'select ?',
    },
  ],
  requires: (_, { login }) => mayTerminate(login),
  statementTimeout: '20 seconds',
  locks: 'takes none; what the terminated sessions hold is released',
  selection: {
    rule: (rule) => `${rule.state} for more than ${rule.longerThan}, the ${rule.maxPerRound} longest first`,
    limit: (rule) => rule.maxSessions,
    protects:
      'superusers, replication roles, our own sessions, backup and migration programs, sessions with advisory locks, and the names in "protect"',
  },
  before: {
    rows: many(Session),
    statement: (rule) => sql`
      select pid, "backendStart", role, application, client, state, "idleSeconds", query
        from (${matching(rule)}) m
       where protected_because is null
       order by state_change, pid
       limit ${rule.maxPerRound}`,
  },
  statement: (rule, sessions) =>
    sessions.map(
      (session) => sql`
        select pg_terminate_backend(pid, 5000)
          from pg_stat_activity
         where pid = ${session.pid} and backend_start = ${session.backendStart}::timestamptz and state = ${session.state}
           and state_change < clock_timestamp() - make_interval(secs => ${milliseconds(rule.longerThan) / 1_000})`,
    ),
  verify: (rule, sessions) => sql`
    select count(*) = 0 as holds, 'none of the chosen sessions is still idle'::text as expected, format('%s of %s still idle', count(*), ${sessions.length}::int) as seen
      from pg_stat_activity a
      join jsonb_to_recordset(${JSON.stringify(sessions)}::jsonb) as chosen (pid int, "backendStart" timestamptz)
        on chosen.pid = a.pid and chosen."backendStart" = a.backend_start
     where ${inState(rule)} and a.state_change < clock_timestamp() - make_interval(secs => ${milliseconds(rule.longerThan) / 1_000})`,
  undo: { none: 'a terminated session cannot be brought back; its client connects again' },
});

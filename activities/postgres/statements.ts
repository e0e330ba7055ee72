import { z } from 'zod';
import { TargetName } from '../../workflows/contracts/params';
import { Span } from '../../workflows/contracts/span';
import { milliseconds } from '../../workflows/pure/span';
import { operation } from '../effects/operation';
import { many, one } from '../sql/rows';
import { withoutLiterals } from '../sql/scrub';
import { sql, type Sql } from '../sql/sql';
import { mayTerminate, PROTECTED_APPLICATIONS } from './sessions';

const Target = z.strictObject({ target: TargetName });

/** The rule by which long statements are chosen. */
export const LongRule = Target.extend({
  /** How long the statement must have been running, by `query_start`. */
  longerThan: Span,
  /** How many are cancelled in one step, the longest first. */
  maxPerRound: z.int().positive().max(50),
  /** How many the whole run may cancel. */
  maxStatements: z.int().positive().max(200),
  /** Further application names that are never touched. */
  protect: z.array(z.string().max(63)).max(50).default([]),
});
type Rule = z.output<typeof LongRule>;

const runsLonger = ({ longerThan }: Pick<Rule, 'longerThan'>): Sql =>
  sql`a.query_start < clock_timestamp() - make_interval(secs => ${milliseconds(longerThan) / 1_000})`;

/** Work that leaves something behind when it is cancelled (an INVALID index), or that somebody started on purpose and would start again. */
const AT_WORK = sql.join(
  ['vacuum', 'analyze', 'create_index', 'cluster', 'copy'].map((act) => sql`a.pid in (select pid from ${sql.identifier(`pg_stat_progress_${act}`)})`),
  ' or ',
);

/**
 * Statements of client backends in this database that have been running for long, with why some are protected.
 *
 * Only `client backend`: autovacuum (also to prevent a wraparound), walsenders, base backups and workers of logical replication are none.
 */
const matching = (rule: Pick<Rule, 'longerThan' | 'protect'>): Sql => sql`
  select a.pid, a.backend_start::text as "backendStart", a.query_start::text as "queryStart", coalesce(a.usename, '') as role,
         a.application_name as application, extract(epoch from clock_timestamp() - a.query_start)::int as "runningSeconds",
         (select count(*)::int from pg_stat_activity w where w.leader_pid = a.pid) as workers,
         (select coalesce(sum(t.size), 0)::float8 from pg_ls_tmpdir() t where starts_with(t.name, 'pgsql_tmp' || a.pid || '.')) as "temporaryBytes",
         coalesce(a.query, '') as query, a.query_start,
         case when r.rolsuper then 'superuser'
              when r.rolreplication then 'replication role'
              when a.application_name like 'rb:%' then 'our own'
              when a.application_name = any(${[...PROTECTED_APPLICATIONS, ...rule.protect]}) then 'protected program'
              when ${AT_WORK} then 'maintenance or COPY'
              when exists (select from pg_locks l where l.pid = a.pid and l.locktype = 'advisory') then 'holds an advisory lock'
         end as protected_because
    from pg_stat_activity a join pg_roles r on r.oid = a.usesysid
   where a.backend_type = 'client backend' and a.datname = current_database() and a.pid <> pg_backend_pid() and a.state = 'active' and ${runsLonger(rule)}`;

const Running = z.object({
  pid: z.number(),
  backendStart: z.string(),
  queryStart: z.string(),
  role: z.string(),
  application: z.string(),
  runningSeconds: z.number(),
  workers: z.number(),
  temporaryBytes: z.number(),
  query: z.string().transform(withoutLiterals),
});

const COLUMNS = sql`pid, "backendStart", "queryStart", role, application, "runningSeconds", workers, "temporaryBytes", query`;

/** The statements that have been running longest, protected ones too, the 20 longest, with their temporary files in bytes. Sources: pg_stat_activity, pg_ls_tmpdir(). */
export const listLongStatements = operation({
  effect: 'read',
  input: LongRule.pick({ target: true, longerThan: true, protect: true }),
  example: { target: 'orders-eu', longerThan: '5 minutes', protect: ['my-batch'] },
  answer: many(Running.extend({ protectedBecause: z.string().nullable() })),
  statement: (rule) => sql`
    select ${COLUMNS}, protected_because as "protectedBecause" from (${matching(rule)}) m order by query_start, pid limit 20`,
});

const Counted = z.object({ matching: z.number(), protected: z.number(), longestSeconds: z.number(), protectedWho: z.array(z.string()) });

/** How many statements a rule matches and which sessions are protected, and why (at most 20 named). */
export const countLongStatements = operation({
  effect: 'read',
  input: LongRule.pick({ target: true, longerThan: true, protect: true }),
  example: { target: 'orders-eu', longerThan: '5 minutes', protect: ['my-batch'] },
  answer: one(Counted),
  statement: (rule) => sql`
    select (count(*) filter (where protected_because is null))::int as matching,
           (count(*) filter (where protected_because is not null))::int as protected, coalesce(max("runningSeconds"), 0) as "longestSeconds",
           coalesce((array_agg(format('%s %s (%s)', role, application, protected_because) order by pid) filter (where protected_because is not null))[1:20], '{}') as "protectedWho"
      from (${matching(rule)}) m`,
});

/** How long a cancelled statement may take to end before its session is terminated, in seconds. */
const GRACE_SECONDS = 10;

const same = ({ pid, backendStart, queryStart }: z.output<typeof Running>): Sql => sql`
  pid = ${pid} and backend_start = ${backendStart}::timestamptz and query_start = ${queryStart}::timestamptz and state = 'active'`;

/** Waits until none of the sessions runs a statement that old any more, at most for the grace. */
function grace(rule: Rule, chosen: readonly z.output<typeof Running>[]): Sql {
  const pids = chosen.map(({ pid }) => sql.integer(pid).text).join(', ');
  const seconds = milliseconds(rule.longerThan) / 1_000;
  return sql`do ${sql.literal(`begin
  for look in 1 .. ${GRACE_SECONDS * 5} loop
    exit when not exists (select from pg_stat_activity where pid in (${pids}) and state = 'active' and query_start < clock_timestamp() - make_interval(secs => ${seconds}));
    perform pg_sleep(0.2);
    perform pg_stat_clear_snapshot();
  end loop;
end`)}`;
}

/**
 * Cancels long statements, waits up to 10 seconds, and terminates the sessions in which the same statement still runs.
 *
 * Each is touched only if it is still the same session and the same statement. Procedure tv-memory; login: member of pg_signal_backend and pg_monitor.
 */
export const terminateLongStatements = operation({
  effect: 'write',
  repeat: 'one-shot',
  scope: 'database',
  login: 'signal',
  input: LongRule,
  example: { target: 'orders-eu', longerThan: '5 minutes', maxPerRound: 5, maxStatements: 10, protect: ['my-batch'] },
  exampleBefore: [
    {
      pid: 4711,
      backendStart: '2030-01-01 00:00:00+00',
      queryStart: '2030-01-01 00:01:00+00',
      role: 'web',
      application: 'app',
      runningSeconds: 1_000,
      workers: 0,
      temporaryBytes: 0,
      query: 'select ?',
    },
  ],
  requires: (_, { login }) => mayTerminate(login),
  statementTimeout: '20 seconds',
  locks: 'takes none; the cancelled statements are rolled back, and what they hold is released',
  selection: {
    rule: (rule) =>
      `a statement running for more than ${rule.longerThan}, the ${rule.maxPerRound} longest first: cancelled, and its session terminated if it still runs after ${GRACE_SECONDS} seconds`,
    limit: (rule) => rule.maxStatements,
    protects:
      'autovacuum, replication and backups, superusers, replication roles, our own sessions, backup and migration programs, VACUUM, ANALYZE, CLUSTER, COPY and index builds, sessions with advisory locks, and the names in "protect"',
  },
  before: {
    rows: many(Running),
    statement: (rule) => sql`
      select ${COLUMNS} from (${matching(rule)}) m where protected_because is null order by query_start, pid limit ${rule.maxPerRound}`,
  },
  statement: (rule, chosen) =>
    chosen.length === 0
      ? []
      : [
          ...chosen.map((running) => sql`select pg_cancel_backend(pid) from pg_stat_activity where ${same(running)}`),
          grace(rule, chosen),
          ...chosen.map((running) => sql`select pg_terminate_backend(pid, 5000) from pg_stat_activity where ${same(running)}`),
        ],
  verify: (_, chosen) => sql`
    select count(*) = 0 as holds, 'none of the chosen statements still runs'::text as expected, format('%s of %s still run', count(*), ${chosen.length}::int) as seen
      from pg_stat_activity a
      join jsonb_to_recordset(${JSON.stringify(chosen)}::jsonb) as chosen (pid int, "backendStart" timestamptz, "queryStart" timestamptz)
        on chosen.pid = a.pid and chosen."backendStart" = a.backend_start and chosen."queryStart" = a.query_start
     where a.state = 'active'`,
  undo: { none: 'a cancelled statement is rolled back; only its client can run it again' },
});

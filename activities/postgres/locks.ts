import { z } from 'zod';
import { TargetName } from '../../workflows/contracts/params';
import { operation } from '../effects/operation';
import { many } from '../sql/rows';
import { withoutLiterals } from '../sql/scrub';
import { sql } from '../sql/sql';

/** Each call of pg_blocking_pids() blocks the lock table briefly, so only the longest waiters are asked about. */
const MAX_WAITERS = 200;

/** The rows with the longest names and texts still fit into a run's history. */
const MAX_ROWS = 30;
const MAX_TEXT = 150;

const InTree = z.object({
  /** 0 = a prepared transaction, which has no session. */
  pid: z.number(),
  /** Whom it waits for, 5 of them; empty for a root, which waits for nobody. */
  blockedBy: z.array(z.number()),
  /** How many wait behind it: for a root all, for others directly. */
  waiting: z.number(),
  role: z.string(),
  application: z.string(),
  client: z.string(),
  database: z.string(),
  state: z.string(),
  transactionSeconds: z.number().nullable(),
  waitSeconds: z.number().nullable(),
  /** The lock that it waits for, such as `AccessExclusiveLock on app.shelf`. */
  waitsFor: z.string().nullable(),
  query: z.string().transform((query) => withoutLiterals(query).slice(0, MAX_TEXT)),
});

/**
 * Who blocks whom: first the sessions that all others wait for, those with the most waiters on top, then the waiters; at most 30.
 *
 * Literals in query text are replaced. Sources: pg_blocking_pids(), pg_stat_activity, pg_locks. Procedures srv-connections, mnt-long-query.
 */
export const listBlockers = operation({
  effect: 'read',
  node: 'either',
  input: z.strictObject({ target: TargetName }),
  example: { target: 'orders-eu' },
  answer: many(InTree),
  statement: () => sql`
    with recursive waits as materialized (
      select a.pid, array(select distinct b from unnest(pg_blocking_pids(a.pid)) b where b <> a.pid order by b) as blockers
        from pg_stat_activity a where a.wait_event_type = 'Lock' order by a.query_start limit ${MAX_WAITERS}
    ), edges as (
      select w.pid, b as blocker from waits w cross join unnest(w.blockers) b
    ), behind (root, pid) as (
      select blocker, pid from edges where blocker not in (select pid from edges)
      union
      select behind.root, edges.pid from behind join edges on edges.blocker = behind.pid
    ), tree as (
      select root as pid, '{}'::int[] as blockers, count(*)::int as waiting from behind group by root
      union all
      select pid, blockers, (select count(*)::int from edges where blocker = waits.pid) from waits
    )
    select t.pid, t.blockers[1:5] as "blockedBy", t.waiting, coalesce(a.usename, '') as role, coalesce(a.application_name, '') as application,
           coalesce(a.client_addr::text, 'local') as client, coalesce(a.datname, '') as database,
           case when t.pid = 0 then 'prepared transaction' else coalesce(a.state, a.backend_type, 'gone') end as state,
           extract(epoch from clock_timestamp() - a.xact_start)::int as "transactionSeconds",
           extract(epoch from clock_timestamp() - l.waitstart)::int as "waitSeconds",
           l.mode || coalesce(' on ' || case when l.database = d.oid then l.relation::regclass::text end, ' on ' || l.locktype) as "waitsFor",
           coalesce(a.query, '') as query
      from tree t
      join pg_database d on d.datname = current_database()
      left join pg_stat_activity a on a.pid = t.pid
      left join lateral (select mode, locktype, database, relation, waitstart from pg_locks where pid = t.pid and not granted limit 1) l on true
     order by cardinality(t.blockers) = 0 desc, t.waiting desc, l.waitstart, t.pid
     limit ${MAX_ROWS}`,
});

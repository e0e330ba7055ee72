import { z } from 'zod';
import { TargetName } from '../../workflows/contracts/params';
import { operation } from '../effects/operation';
import { many } from '../sql/rows';
import { withoutLiterals } from '../sql/scrub';
import { sql } from '../sql/sql';

const Open = z.object({
  pid: z.number(),
  backendStart: z.string(),
  role: z.string(),
  application: z.string(),
  client: z.string(),
  database: z.string(),
  state: z.string(),
  transactionSeconds: z.number(),
  /** How long its current statement has been running; null when it is idle. */
  querySeconds: z.number().nullable(),
  /** What it waits for, such as `Lock: transactionid`; null when it works. */
  waitsFor: z.string().nullable(),
  query: z.string().transform(withoutLiterals),
});

/**
 * The 20 longest open transactions of client sessions in all databases, with the statement that each runs or ran last.
 *
 * Literals in query text are replaced. Source: pg_stat_activity. Procedure srv-health.
 */
export const listLongestTransactions = operation({
  effect: 'read',
  node: 'either',
  input: z.strictObject({ target: TargetName }),
  example: { target: 'orders-eu' },
  answer: many(Open),
  statement: () => sql`
    select pid, backend_start::text as "backendStart", coalesce(usename, '') as role, application_name as application,
           coalesce(client_addr::text, 'local') as client, coalesce(datname, '') as database, coalesce(state, '') as state,
           extract(epoch from clock_timestamp() - xact_start)::int as "transactionSeconds",
           case when state = 'active' then extract(epoch from clock_timestamp() - query_start)::int end as "querySeconds",
           case when state = 'active' then wait_event_type || ': ' || wait_event end as "waitsFor", coalesce(query, '') as query
      from pg_stat_activity
     where backend_type = 'client backend' and xact_start is not null and pid <> pg_backend_pid()
     order by xact_start, pid
     limit 20`,
});

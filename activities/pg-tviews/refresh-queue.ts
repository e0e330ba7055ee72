import { z } from 'zod';
import { KernelFailure } from '../sql/kernel-failure';
import { operation } from '../effects/operation';
import { many, one } from '../sql/rows';
import { sql, type Sql } from '../sql/sql';
import { QUEUED } from './examples';
import { OnTarget, type Installation } from './installation';
import { allOf, hasPrivileges, mayCall, relationNamed } from './rights';
import { tviews } from './views';

/** The queue of the queued interface; the released extension has none. */
export function queue(on: Installation): Sql {
  if (on.queue) return sql.identifier(on.queue.schema, on.queue.table);
  throw new KernelFailure(
    'CapabilityAbsent',
    'This version of pg_tviews refreshes inside the writing transaction: there is no queue to look at, to drain or to clear. Look at the sessions and prepared transactions that hold locks on the tv_ tables instead (runbook start checkTviewHealth), and at stale rows (its "full" input).',
  );
}

/** The queue as a query of `oid`. */
export const queueTable = ({ queue: found }: Installation): Sql => relationNamed(found?.schema ?? '', found?.table ?? '');

const Depth = z.object({
  depth: z.number(),
  views: z.number(),
  oldestSeconds: z.number(),
  oldestKnownSeconds: z.number(),
  orphaned: z.number(),
  level: z.enum(['OK', 'WARNING', 'CRITICAL']),
});

/**
 * How many refreshes are queued, for how many views, how old the oldest is and the oldest of a view that exists;
 * entries of views that do not exist are `orphaned`.
 *
 * Levels of the operations plan: over 100 entries or 10 minutes is a warning, over 1000 entries or an hour critical. Procedure tv-queue.
 */
export const measureQueue = operation({
  effect: 'read',
  input: OnTarget,
  example: QUEUED,
  answer: one(Depth),
  statement: ({ on }) => sql`
    select depth, views, "oldestSeconds", "oldestKnownSeconds", orphaned,
           case when depth > 1000 or "oldestSeconds" > 3600 then 'CRITICAL' when depth > 100 or "oldestSeconds" > 600 then 'WARNING' else 'OK' end as level
      from (select count(*)::int as depth, count(distinct q.entity_name)::int as views,
                   coalesce(extract(epoch from clock_timestamp() - min(q.entry_time)), 0)::int as "oldestSeconds",
                   coalesce(extract(epoch from clock_timestamp() - min(q.entry_time) filter (where m.entity_name is not null)), 0)::int as "oldestKnownSeconds",
                   (count(*) filter (where m.entity_name is null))::int as orphaned
              from ${queue(on)} q left join ${sql.identifier(on.schema, 'pg_tviews_metadata')} m using (entity_name)) d`,
});

const ByView = z.object({ entity: z.string(), entries: z.number(), oldestSeconds: z.number(), known: z.boolean() });

/** The queue by view, the 20 with the oldest entries first. Procedure tv-queue. */
export const listQueueByView = operation({
  effect: 'read',
  input: OnTarget,
  example: QUEUED,
  answer: many(ByView),
  statement: ({ on }) => sql`
    select q.entity_name as entity, count(*)::int as entries, extract(epoch from clock_timestamp() - min(q.entry_time))::int as "oldestSeconds",
           bool_or(m.entity_name is not null) as known
      from ${queue(on)} q left join ${sql.identifier(on.schema, 'pg_tviews_metadata')} m using (entity_name)
     group by q.entity_name
     order by min(q.entry_time), q.entity_name
     limit 20`,
});

const Taken = z.object({ entity: z.string(), entries: z.number(), oldest: z.string(), until: z.string() });

const oldest = (on: Installation, views: number): Sql => sql`
  select q.entity_name as entity, count(*)::int as entries, min(q.entry_time)::text as oldest, max(q.entry_time)::text as until
    from ${queue(on)} q join ${sql.identifier(on.schema, 'pg_tviews_metadata')} m using (entity_name)
   group by q.entity_name
   order by min(q.entry_time), q.entity_name
   limit ${views}`;

/**
 * Refreshes the views with the oldest entries: one refresh of a view covers all its entries up to now, so none is refreshed twice without need.
 *
 * Entries are deleted in the transaction that refreshes their view: a failure puts both back. Entries of unknown views stay. Procedure tv-drain.
 */
export const refreshQueued = operation({
  effect: 'write',
  repeat: 'transactional',
  scope: 'database',
  login: 'own',
  input: OnTarget.extend({
    views: z.int().positive().max(40).describe('how many views in one step, those with the oldest entries first'),
    limit: z.int().positive().max(10_000).describe('how many views the whole run may refresh'),
  }),
  example: { ...QUEUED, views: 5, limit: 250 },
  exampleBefore: [{ entity: 'tv_order', entries: 3, oldest: '2030-01-01 00:00:00+00', until: '2030-01-01 00:00:01+00' }],
  requires: ({ on }, { login }) =>
    allOf(
      hasPrivileges(login, queueTable(on), ['SELECT', 'DELETE']),
      hasPrivileges(login, relationNamed(on.schema, 'pg_tviews_metadata'), ['SELECT']),
      hasPrivileges(login, sql`select table_oid as oid from (${tviews(on)}) m`, ['SELECT', 'INSERT', 'TRUNCATE']),
      hasPrivileges(login, sql`select view_oid as oid from (${tviews(on)}) m`, ['SELECT']),
      mayCall(login, on.schema, 'pg_tviews_refresh'),
    ),
  statementTimeout: '5 minutes',
  lockTimeout: '2 seconds',
  searchPath: ({ on }) => ['pg_catalog', on.schema, 'public'],
  locks: 'ACCESS EXCLUSIVE on each refreshed table until the commit: its readers wait; at most 2 seconds for each lock',
  selection: {
    rule: ({ views }) => `the ${views} views with the oldest queued entries, all their entries up to now`,
    limit: ({ limit }) => limit,
    protects: 'entries of views that the metadata does not know stay where they are',
  },
  before: { rows: many(Taken), statement: ({ on, views }) => oldest(on, views) },
  statement: ({ on }, taken) =>
    taken.flatMap(({ entity, until }) => [
      sql`delete from ${queue(on)} where entity_name = ${entity} and entry_time <= ${until}::timestamptz`,
      sql`do ${sql.literal(`begin perform ${sql.identifier(on.schema, 'pg_tviews_refresh').text}(${sql.literal(entity).text}, force => true); end`)}`,
    ]),
  verify: ({ on }, taken) => sql`
    select count(*) = 0 as holds, 'none of the taken entries is left'::text as expected, format('%s of them left', count(*)) as seen
      from ${queue(on)} q
      join jsonb_to_recordset(${JSON.stringify(taken)}::jsonb) as w (entity text, until timestamptz) on w.entity = q.entity_name and q.entry_time <= w.until`,
  undo: { none: 'a refresh makes a table equal to its view; there is nothing to go back to' },
});

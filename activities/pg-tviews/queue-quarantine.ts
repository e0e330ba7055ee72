import { z } from 'zod';
import { operation } from '../effects/operation';
import { many } from '../sql/rows';
import { sql, type Sql } from '../sql/sql';
import { QUEUED } from './examples';
import { OnTarget, type Installation } from './installation';
import { queue, queueTable } from './refresh-queue';
import { allOf, hasPrivileges, maySchemas, relationNamed } from './rights';

const Entries = z.object({ entity: z.string().max(200), entries: z.number(), until: z.string().max(40) });
type Entries = z.infer<typeof Entries>;

/** The table beside the queue where entries are kept that were taken out of it: nothing is ever truncated. */
const quarantineOf = ({ queue: found, schema }: Installation): Sql => sql.identifier(found?.schema ?? schema, 'queue_quarantine');

const quarantineTable = ({ queue: found, schema }: Installation): Sql => relationNamed(found?.schema ?? schema, 'queue_quarantine');

/** What the operations find on the database of the example. */
const EXAMPLES: Entries[] = [{ entity: 'tv_gone', entries: 3, until: '2030-01-01 00:00:01+00' }];

const chooseEntries = (on: Installation, only: 'orphaned' | 'all'): Sql => sql`
  select q.entity_name as entity, count(*)::int as entries, max(q.entry_time)::text as until
    from ${queue(on)} q left join ${sql.identifier(on.schema, 'pg_tviews_metadata')} m using (entity_name)
   where ${only} = 'all' or m.entity_name is null
   group by q.entity_name
   order by q.entity_name`;

/** How many of some entries a relation holds. */
const countEntries = (relation: Sql, entries: readonly Entries[]): Sql => sql`
  (select count(*) from ${relation} q join jsonb_to_recordset(${JSON.stringify(entries)}::jsonb) as w (entity text, until timestamptz)
      on w.entity = q.entity_name and q.entry_time <= w.until)`;

const moveEntries = (from: Sql, to: Sql, { entity, until }: Entries): Sql => sql`
  with moved as (delete from ${from} where entity_name = ${entity} and entry_time <= ${until}::timestamptz returning entity_name, entry_time)
  insert into ${to} (entity_name, entry_time) select entity_name, entry_time from moved`;

/**
 * Moves entries out of the queue into a table beside it: those of views that do not exist, or all that are there now.
 *
 * Without the refreshes that they stand for their views stay stale; refresh them afterwards. Procedures tv-orphans, tv-clear-queue.
 */
export const quarantineQueueEntries = operation({
  effect: 'write',
  repeat: 'transactional',
  scope: 'database',
  login: 'own',
  input: OnTarget.extend({ only: z.enum(['orphaned', 'all']) }),
  example: { ...QUEUED, only: 'orphaned' },
  exampleBefore: EXAMPLES,
  requires: ({ on }, { login }) =>
    allOf(
      hasPrivileges(login, queueTable(on), ['SELECT', 'DELETE']),
      hasPrivileges(login, relationNamed(on.schema, 'pg_tviews_metadata'), ['SELECT']),
      hasPrivileges(login, quarantineTable(on), ['SELECT', 'INSERT']),
      maySchemas(login, sql`select ${on.queue?.schema ?? on.schema}::text as schema`, 'CREATE'),
    ),
  statementTimeout: '1 minute',
  locks: 'row locks on the entries; whoever processes the queue waits for them',
  before: { rows: many(Entries), statement: ({ on, only }) => chooseEntries(on, only) },
  binds: (found) => found.map(({ entity }) => entity),
  statement: ({ on }, found) => [
    sql`create table if not exists ${quarantineOf(on)} (entity_name text not null, entry_time timestamptz not null, quarantined_at timestamptz not null default now())`,
    ...found.map((entries) => moveEntries(queue(on), quarantineOf(on), entries)),
  ],
  verify: ({ on }, found) => sql`
    select ${countEntries(queue(on), found)} = 0 as holds, 'none of the entries in the queue'::text as expected,
           format('%s of them in the queue', ${countEntries(queue(on), found)}) as seen`,
  undo: { by: 'releaseQueueEntries', input: ({ target, on }, entries) => ({ target, on, entries }) },
});

/** Puts entries that were quarantined back into the queue, with their times. Procedures tv-orphans, tv-clear-queue. */
export const releaseQueueEntries = operation({
  effect: 'write',
  repeat: 'transactional',
  scope: 'database',
  login: 'own',
  input: OnTarget.extend({ entries: z.array(Entries) }),
  example: { ...QUEUED, entries: EXAMPLES },
  exampleBefore: EXAMPLES,
  requires: ({ on }, { login }) =>
    allOf(hasPrivileges(login, queueTable(on), ['INSERT']), hasPrivileges(login, quarantineTable(on), ['SELECT', 'DELETE'])),
  statementTimeout: '1 minute',
  locks: 'row locks on the entries that were quarantined',
  before: {
    rows: many(Entries),
    statement: ({ entries }) => sql`select * from jsonb_to_recordset(${JSON.stringify(entries)}::jsonb) as w (entity text, entries int, until text)`,
  },
  statement: ({ on, entries }) => entries.map((one) => moveEntries(quarantineOf(on), queue(on), one)),
  verify: ({ on, entries }) => sql`
    select ${countEntries(quarantineOf(on), entries)} = 0 as holds, 'none of the entries in quarantine'::text as expected, format('%s of them in quarantine', ${countEntries(quarantineOf(on), entries)}) as seen`,
  undo: { none: 'the entries are where they were' },
});

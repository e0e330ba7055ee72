import { z } from 'zod';
import { operation } from '../effects/operation';
import { many } from '../sql/rows';
import { sql, type Sql } from '../sql/sql';
import { ORDER, RELEASED } from './examples';
import { OnTarget } from './installation';
import { allOf, hasPrivileges, mayCall, maySchemas, relationNamed } from './rights';
import { Tview } from './views';

const OneTview = OnTarget.extend({ tview: Tview });
type OneTview = z.output<typeof OneTview>;

const Rows = z.object({ table: z.string(), estimated: z.string() });
const table = ({ tview }: OneTview): Sql => sql.identifier(tview.schema, tview.table);
const view = ({ tview }: OneTview): Sql => sql.identifier(tview.viewSchema, tview.view);
const hasQueued = ({ on, tview }: OneTview): Sql =>
  on.queue ? sql`exists (select from ${sql.identifier(on.queue.schema, on.queue.table)} where entity_name = ${tview.entity})` : sql`false`;
const columns = ({ tview }: OneTview): Sql =>
  sql.join(
    tview.columns.map((column) => sql.identifier(column)),
    ', ',
  );

/**
 * Equal over the view's columns: the only proof that a refresh did its work. Where writers go on, a difference is explained by the entry
 * that its writer has put into the queue in the same transaction.
 */
const compareWithView = (input: OneTview): Sql => sql`
  select differing = 0 or ${hasQueued(input)} as holds, format('%s equal to its view', ${input.tview.table}::text) as expected, format('%s rows differ', differing) as seen
    from (select (select count(*) from (select ${columns(input)} from ${view(input)} except all select ${columns(input)} from ${table(input)}) m)
               + (select count(*) from (select ${columns(input)} from ${table(input)} except all select ${columns(input)} from ${view(input)}) s) as differing) d`;

/** The login may write the table and read its view. */
const mayWrite = (login: string, { tview }: OneTview, privileges: readonly string[]): Sql[] => [
  hasPrivileges(login, relationNamed(tview.schema, tview.table), privileges),
  hasPrivileges(login, relationNamed(tview.viewSchema, tview.view), ['SELECT']),
  maySchemas(login, sql`select unnest(${[tview.schema, tview.viewSchema]}::text[]) as schema`, 'USAGE'),
];

const shape = {
  effect: 'write',
  repeat: 'transactional',
  scope: 'database',
  login: 'own',
  input: OneTview,
  example: { ...RELEASED, tview: ORDER },
  exampleBefore: [{ table: 'shop.tv_order', estimated: '20' }],
  statementTimeout: '10 minutes',
  lockTimeout: '2 seconds',
  before: {
    rows: many(Rows),
    statement: ({ tview }: OneTview) => sql`
      select format('%I.%I', n.nspname, c.relname) as "table", c.reltuples::bigint::text as estimated
        from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname = ${tview.schema} and c.relname = ${tview.table}`,
  },
  binds: (before: readonly z.infer<typeof Rows>[]) => before.map((row) => row.table),
  verify: compareWithView,
  undo: { none: 'a refresh makes a table equal to its view; there is nothing to go back to' },
} as const;

/**
 * Refreshes one TVIEW by the extension's own function: TRUNCATE and INSERT.
 *
 * Its readers wait until the commit, and snapshots older than it see an empty table. The name is resolved by search path inside the extension,
 * so the path begins with the TVIEW's schema. READ COMMITTED: with an older snapshot it would write old data back. Procedure tv-refresh.
 */
export const refreshTviewByTruncate = operation({
  ...shape,
  requires: (input, { login }) =>
    allOf(
      ...mayWrite(login, input, ['SELECT', 'INSERT', 'TRUNCATE']),
      mayCall(login, input.on.schema, 'pg_tviews_refresh'),
      hasPrivileges(login, relationNamed(input.on.schema, input.on.dialect === 'immediate' ? 'pg_tview_meta' : 'pg_tviews_metadata'), ['SELECT']),
    ),
  searchPath: ({ on, tview }) => [tview.schema, on.schema, 'public'],
  locks: 'ACCESS EXCLUSIVE on the tv_ table until the commit: its readers wait; waits at most 2 seconds for it',
  statement: ({ on, tview }) => {
    const call = sql.identifier(on.schema, 'pg_tviews_refresh').text;
    const entity = sql.literal(tview.entity).text;
    return sql`do ${sql.literal(`begin perform ${call}(${entity}${on.dialect === 'queued' ? ', force => true' : ''}); end`)}`;
  },
});

/**
 * Makes one TVIEW equal to its view by row locks only: rows whose key the view lacks are deleted (ghosts), the others inserted or updated where they differ.
 *
 * Readers go on, and older snapshots stay right. Slower than the truncating refresh where most rows differ. Procedures tv-refresh, tv-refresh-all.
 */
export const refreshTviewByRows = operation({
  ...shape,
  requires: (input, { login }) => allOf(...mayWrite(login, input, ['SELECT', 'INSERT', 'UPDATE', 'DELETE'])),
  locks: 'row locks on every row of the tv_ table until the commit: readers go on, writers of what the TVIEW shows wait',
  statement: (input) => {
    const { tview } = input;
    const key = sql.identifier(tview.key);
    const others = tview.columns.filter((column) => column !== tview.key).map((column) => sql.identifier(column));
    const set = sql.join(
      others.map((column) => sql`${column} = excluded.${column}`),
      ', ',
    );
    const now = sql.join(
      others.map((column) => sql`t.${column}`),
      ', ',
    );
    const then = sql.join(
      others.map((column) => sql`excluded.${column}`),
      ', ',
    );
    return [
      sql`delete from ${table(input)} t where not exists (select from ${view(input)} v where v.${key} = t.${key})`,
      others.length
        ? sql`
          insert into ${table(input)} as t (${columns(input)}) select ${columns(input)} from ${view(input)}
          on conflict (${key}) do update set ${set} where (${now}) is distinct from (${then})`
        : sql`insert into ${table(input)} (${columns(input)}) select ${columns(input)} from ${view(input)} on conflict (${key}) do nothing`,
    ];
  },
});

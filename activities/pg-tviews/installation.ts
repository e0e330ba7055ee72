import { z } from 'zod';
import { Identifier, TargetName } from '../../workflows/contracts/params';
import { KernelFailure } from '../sql/kernel-failure';
import { operation } from '../effects/operation';
import { one, type Answer } from '../sql/rows';
import { sql, type Sql } from '../sql/sql';
import { TARGET } from './examples';

export const Target = z.strictObject({ target: TargetName });

/**
 * What this installation of pg_tviews offers. Two interfaces exist:
 *
 * - `immediate`: the extension as released. Row triggers refresh inside the writing transaction; there is no queue.
 * - `queued`: the interface of the operations plan. Row triggers put entries into a shared queue, and somebody processes it.
 */
export const Installation = z.strictObject({
  dialect: z.enum(['immediate', 'queued']),
  /** The schema of its metadata and functions. */
  schema: Identifier,
  version: z.string().nullable(),
  /** The trigger functions, as regprocedure texts: triggers are found by these, never by their names. */
  handlers: z.array(z.string().max(300)).max(5),
  /**
   * The table of the queue: the one with entity_name and entry_time. The operations plan calls it pg_tviews_internal.queue,
   * a name that a server accepts only under allow_system_table_mods, so it is found by its columns.
   */
  queue: z.strictObject({ schema: Identifier, table: Identifier }).nullable(),
  /** `pg_extension` knows it; its functions can outlive it. */
  isExtension: z.boolean(),
});
export type Installation = z.infer<typeof Installation>;

/** What an installation offers, in a sentence for people. */
export function installationSentence({ dialect, schema, version, handlers, queue, isExtension }: Installation): string {
  const how =
    dialect === 'immediate'
      ? 'refreshes inside the writing transaction, no queue'
      : `queued refreshes${queue ? ` in ${queue.schema}.${queue.table}` : ', but its queue was not found'}`;
  const what = isExtension ? `extension ${version ?? 'of unknown version'}` : 'its objects without the extension';
  return `pg_tviews: ${what} in schema ${schema}; ${how}; trigger function ${handlers.join(', ') || 'none'}`;
}

/** What every operation on an installation takes. */
export const OnTarget = Target.extend({ on: Installation.describe('the answer of probeTviews') });

const ABSENT_SENTENCE =
  'pg_tviews is not installed in this database: neither pg_tview_meta (the released extension) nor pg_tviews_metadata (the queued interface) is there. Name the database that has it, or look whether the extension was dropped: triggers that outlive it make every write fail';

/** One installation, or CapabilityAbsent with a sentence instead of a raw 42883 later on. */
const installed: Answer<Installation> = {
  cardinality: 'one',
  take: (rows) => {
    const [row] = rows as { dialect?: unknown }[];
    if (row?.dialect == null) throw new KernelFailure('CapabilityAbsent', `${ABSENT_SENTENCE}.`);
    return one(Installation).take(rows);
  },
};

/** What is installed: one row, or none where the metadata is gone. */
export const installations: Sql = sql`
  with metadata as (
    select case c.relname when 'pg_tview_meta' then 'immediate' else 'queued' end as dialect, n.nspname as schema
      from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where c.relname in ('pg_tview_meta', 'pg_tviews_metadata') and c.relkind in ('r', 'v') and n.nspname !~ '^pg_(temp|toast)'
     order by c.relname, n.nspname
     limit 1
  )
  select m.dialect, m.schema, e.extversion as version, e.oid is not null as "isExtension",
         array(select distinct p.oid::regprocedure::text
                 from pg_proc p join pg_namespace n on n.oid = p.pronamespace
                where p.prorettype = 'trigger'::regtype
                  and (m.dialect = 'immediate' and p.proname = 'tview_trigger_handler'
                       or m.dialect = 'queued' and exists (select from pg_trigger t where t.tgfoid = p.oid and not t.tgisinternal and t.tgname like 'pg\\_tviews\\_%'))
                order by 1 limit 5) as handlers,
         case when m.dialect = 'queued' then (
           select jsonb_build_object('schema', n.nspname, 'table', c.relname)
             from pg_class c join pg_namespace n on n.oid = c.relnamespace
            where c.relkind = 'r' and c.relname ~ 'queue' and c.relname !~ 'quarantine'
              and (select count(*) from pg_attribute a where a.attrelid = c.oid and a.attname in ('entity_name', 'entry_time') and not a.attisdropped) = 2
            order by n.nspname, c.relname limit 1) end as queue
    from metadata m left join pg_extension e on e.extname = 'pg_tviews'`;

/**
 * Which interface of pg_tviews this database has; refuses with CapabilityAbsent where it has none.
 *
 * Looks at the catalogue only, and provokes no error: a release build of the extension turns an error of its own into a crash of the server.
 * Sources: pg_class, pg_proc, pg_trigger, pg_extension. Procedures tv-health, tv-disable.
 */
export const probeTviews = operation({
  effect: 'read',
  node: 'either',
  input: Target,
  example: TARGET,
  answer: installed,
  statement: () => installations,
});

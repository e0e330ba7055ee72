import { z } from 'zod';
import { operation } from '../effects/operation';
import { many } from '../sql/rows';
import { sql, type Sql } from '../sql/sql';
import { OnTarget } from './installation';

const Handler = z.object({ handler: z.string(), definition: z.string() });
type Handler = z.infer<typeof Handler>;

/** Stands in the body of a replaced handler: monitors look for it, because the triggers still say that they are enabled. */
export const REPLACED = 'refresh switched off by pg-runbooks';

const found = (handlers: readonly string[]): Sql => sql`
  select p.oid::regprocedure::text as handler, pg_get_functiondef(p.oid) as definition, p.prosrc as body
    from pg_proc p where p.oid = any(${handlers}::regprocedure[]::oid[])`;

/** Utility statements take no parameters; the definition is the server's own text. */
const executed = (text: string): Sql => sql`do ${sql.literal(`begin execute ${sql.literal(text).text}; end`)}`;

/** The same function, with a body that does nothing. */
const idle = ({ handler }: Handler): Sql =>
  executed(
    `create or replace function ${handler} returns trigger language plpgsql as ${sql.literal(`begin /* ${REPLACED} */ return null; end`).text}`,
  );

const shape = {
  effect: 'write',
  repeat: 'transactional',
  scope: 'database',
  login: 'own',
  locks: 'none on tables; a row lock on the function in pg_proc',
} as const;

/**
 * Replaces the body of the trigger functions: refreshing stops at once in all sessions, without a lock on any base table.
 *
 * The way out where tables cannot be locked in time. tgenabled stays as it is; creating a TVIEW restores the body silently. Procedure tv-disable.
 */
export const replaceTriggerHandlers = operation({
  ...shape,
  input: OnTarget,
  before: {
    rows: many(Handler),
    statement: ({ on }) => sql`select handler, definition from (${found(on.handlers)}) f where body not like ${`%${REPLACED}%`} order by handler`,
  },
  statement: (_, before) => before.map(idle),
  verify: ({ on }) => sql`
    select count(*) > 0 and bool_and(body like ${`%${REPLACED}%`}) as holds, 'every trigger function does nothing'::text as expected,
           format('%s of %s trigger functions do nothing', count(*) filter (where body like ${`%${REPLACED}%`}), count(*)) as seen
      from (${found(on.handlers)}) f`,
  undo: { by: 'setTriggerHandlers', input: (input, before) => ({ ...input, definitions: before }) },
});

const Saved = Handler.extend({ saved: z.string() });

/** Gives trigger functions the definitions back that the ledger saved when they were replaced. Procedure tv-disable. */
export const restoreTriggerHandlers = operation({
  ...shape,
  input: OnTarget,
  before: {
    rows: many(Saved),
    statement: ({ on }) => sql`
      select f.handler, f.definition, s.definition as saved
        from (${found(on.handlers)}) f
        join (select distinct on (w.handler) w.handler, w.definition
                from runbooks.ledger l cross join lateral jsonb_to_recordset(l.before) as w (handler text, definition text)
               where l.operation = 'replaceTriggerHandlers' and l.state in ('claimed', 'done') and jsonb_typeof(l.before) = 'array'
               order by w.handler, l.seq desc) s using (handler)
       where f.body like ${`%${REPLACED}%`}
       order by f.handler`,
  },
  statement: (_, before) => before.map(({ saved }) => executed(saved)),
  verify: ({ on }) => sql`
    select count(*) = 0 as holds, 'no trigger function that does nothing'::text as expected, format('%s of them', count(*)) as seen
      from (${found(on.handlers)}) f where body like ${`%${REPLACED}%`}`,
  undo: { by: 'setTriggerHandlers', input: (input, before) => ({ ...input, definitions: before.map(({ saved: _, ...now }) => now) }) },
});

/** Gives trigger functions the given definitions. Procedure tv-disable. */
export const setTriggerHandlers = operation({
  ...shape,
  input: OnTarget.extend({ definitions: z.array(Handler).max(5) }),
  before: {
    rows: many(Handler),
    statement: ({ on }) => sql`select handler, definition from (${found(on.handlers)}) f order by handler`,
  },
  statement: ({ definitions }) => definitions.map(({ definition }) => executed(definition)),
  verify: ({ on, definitions }) => sql`
    with wanted as (select * from jsonb_to_recordset(${JSON.stringify(definitions)}::jsonb) as w (handler text, definition text))
    select not exists (select from wanted w left join (${found(on.handlers)}) f using (handler) where f.definition is distinct from w.definition) as holds,
           'the trigger functions as they were saved'::text as expected,
           format('%s of %s as saved', (select count(*) from wanted w join (${found(on.handlers)}) f using (handler) where f.definition = w.definition), (select count(*) from wanted)) as seen`,
  undo: { by: 'setTriggerHandlers', input: (input, before) => ({ ...input, definitions: before }) },
});

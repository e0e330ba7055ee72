import { z } from 'zod';
import { operation } from '../effects/operation';
import { many, one } from '../sql/rows';
import { sql, type Sql } from '../sql/sql';
import { RELEASED } from './examples';
import { OnTarget } from './installation';

const Handler = z.object({ handler: z.string(), definition: z.string() });
type Handler = z.infer<typeof Handler>;

/** Stands in the body of a replaced handler: monitors look for it, because the triggers still say that they are enabled. */
export const REPLACED = 'refresh switched off by pg-runbooks';

const findHandlers = (handlers: readonly string[]): Sql => sql`
  select p.oid::regprocedure::text as handler, pg_get_functiondef(p.oid) as definition, p.prosrc as body
    from pg_proc p where p.oid = any(${handlers}::regprocedure[]::oid[])`;

/** Utility statements take no parameters; the definition is the server's own text. */
const execute = (text: string): Sql => sql`do ${sql.literal(`begin execute ${sql.literal(text).text}; end`)}`;

/** The same function, with a body that does nothing. */
const emptyBody = ({ handler }: Handler): Sql =>
  execute(
    `create or replace function ${handler} returns trigger language plpgsql as ${sql.literal(`begin /* ${REPLACED} */ return null; end`).text}`,
  );

/** The login must own the functions, and can restore them only where their language is trusted: one row `holds, lacks` for each function. */
const mayReplace = (login: Sql, handlers: readonly string[]): Sql => sql`
  select owned and "inSchema" and "restorable" as holds,
         case when not owned then format('The login %s does not own %s. Run: GRANT %I TO %1$I.', ${login}, handler, owner)
              when not "inSchema" then format('The login %s may not create functions in %I. Run: GRANT CREATE ON SCHEMA %2$I TO %1$I.', ${login}, schema)
              else format('%s is written in %s, which only a superuser may use: the login %s could replace it and not restore it. A superuser must do it.',
                          handler, language, ${login}) end as lacks
    from (select p.oid::regprocedure::text as handler, n.nspname as schema, pg_get_userbyid(p.proowner) as owner, l.lanname as language,
                 pg_has_role(${login}, p.proowner, 'usage') as owned, has_schema_privilege(${login}, n.oid, 'create') as "inSchema",
                 l.lanpltrusted or (select rolsuper from pg_roles where rolname = ${login}) as "restorable"
            from pg_proc p join pg_namespace n on n.oid = p.pronamespace join pg_language l on l.oid = p.prolang
           where p.oid = any(${handlers}::regprocedure[]::oid[])) f`;

const Replaceable = z.object({ allowed: z.boolean(), lacks: z.string() });

/** Whether the login "own" may replace the trigger functions and restore them, and what it lacks. Asked as that login. Sources: pg_proc, pg_language. Procedure tv-disable. */
export const findHandlerRight = operation({
  effect: 'read',
  login: 'own',
  input: OnTarget,
  example: RELEASED,
  answer: one(Replaceable),
  statement: ({ on }) => sql`
    select count(*) > 0 and bool_and(holds is true) as allowed, coalesce(string_agg(lacks, ' ') filter (where holds is not true), '') as lacks
      from (${mayReplace(sql`current_user::text`, on.handlers)}) r`,
});

/** What the operations find on the database of the example. */
const EXAMPLE: Handler = {
  handler: 'public.tview_trigger_handler()',
  definition: "CREATE OR REPLACE FUNCTION public.tview_trigger_handler() … 'it''s' …",
};

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
 * For tables that cannot be locked in time. tgenabled stays as it is; creating a TVIEW restores the body silently. Procedure tv-disable.
 */
export const replaceTriggerHandlers = operation({
  ...shape,
  input: OnTarget,
  example: RELEASED,
  exampleBefore: [EXAMPLE],
  requires: ({ on }, { login }) => mayReplace(sql`${login}::text`, on.handlers),
  before: {
    rows: many(Handler),
    statement: ({ on }) =>
      sql`select handler, definition from (${findHandlers(on.handlers)}) f where body not like ${`%${REPLACED}%`} order by handler`,
  },
  statement: (_, before) => before.map(emptyBody),
  verify: ({ on }) => sql`
    select count(*) > 0 and bool_and(body like ${`%${REPLACED}%`}) as holds, 'every trigger function does nothing'::text as expected,
           format('%s of %s trigger functions do nothing', count(*) filter (where body like ${`%${REPLACED}%`}), count(*)) as seen
      from (${findHandlers(on.handlers)}) f`,
  undo: { by: 'setTriggerHandlers', input: (input, before) => ({ ...input, definitions: before }) },
});

const Saved = Handler.extend({ saved: z.string() });

/** Restores the definitions of trigger functions that the ledger saved when they were replaced. Procedure tv-disable. */
export const restoreTriggerHandlers = operation({
  ...shape,
  input: OnTarget,
  example: RELEASED,
  exampleBefore: [{ ...EXAMPLE, saved: EXAMPLE.definition }],
  requires: ({ on }, { login }) => mayReplace(sql`${login}::text`, on.handlers),
  before: {
    rows: many(Saved),
    statement: ({ on }) => sql`
      select f.handler, f.definition, s.definition as saved
        from (${findHandlers(on.handlers)}) f
        join (select distinct on (w.handler) w.handler, w.definition
                from runbooks.ledger l cross join lateral json_to_recordset(l.before) as w (handler text, definition text)
               where l.operation = 'replaceTriggerHandlers' and l.state in ('claimed', 'done') and json_typeof(l.before) = 'array'
               order by w.handler, l.seq desc) s using (handler)
       where f.body like ${`%${REPLACED}%`}
       order by f.handler`,
  },
  statement: (_, before) => before.map(({ saved }) => execute(saved)),
  verify: ({ on }) => sql`
    select count(*) > 0 and bool_and(body not like ${`%${REPLACED}%`}) as holds, 'no trigger function does nothing'::text as expected,
           format('%s of %s trigger functions do nothing', count(*) filter (where body like ${`%${REPLACED}%`}), count(*)) as seen
      from (${findHandlers(on.handlers)}) f`,
  undo: { by: 'setTriggerHandlers', input: (input, before) => ({ ...input, definitions: before.map(({ saved: _, ...now }) => now) }) },
});

/** Sets the definitions of trigger functions. Procedure tv-disable. */
export const setTriggerHandlers = operation({
  ...shape,
  input: OnTarget.extend({ definitions: z.array(Handler).max(5) }),
  example: { ...RELEASED, definitions: [EXAMPLE] },
  exampleBefore: [EXAMPLE],
  requires: ({ on }, { login }) => mayReplace(sql`${login}::text`, on.handlers),
  before: {
    rows: many(Handler),
    statement: ({ on }) => sql`select handler, definition from (${findHandlers(on.handlers)}) f order by handler`,
  },
  statement: ({ definitions }) => definitions.map(({ definition }) => execute(definition)),
  verify: ({ on, definitions }) => sql`
    with wanted as (select * from jsonb_to_recordset(${JSON.stringify(definitions)}::jsonb) as w (handler text, definition text))
    select not exists (select from wanted w left join (${findHandlers(on.handlers)}) f using (handler) where f.definition is distinct from w.definition) as holds,
           'the trigger functions as they were saved'::text as expected,
           format('%s of %s as saved', (select count(*) from wanted w join (${findHandlers(on.handlers)}) f using (handler) where f.definition = w.definition), (select count(*) from wanted)) as seen`,
  undo: { by: 'setTriggerHandlers', input: (input, before) => ({ ...input, definitions: before }) },
});

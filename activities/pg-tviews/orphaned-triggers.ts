import { z } from 'zod';
import { operation } from '../effects/operation';
import { many, one } from '../sql/rows';
import { sql, type Sql } from '../sql/sql';
import { TARGET } from './examples';
import { Installation, installations, Target } from './installation';
import { mayAlter, relationsNamed } from './rights';

/** One finding: what is wrong with what, what was seen, and the next step. */
export const Finding = z.object({ trouble: z.string(), subject: z.string(), seen: z.string(), doNext: z.string() });
export type Finding = z.infer<typeof Finding>;

/** Every trigger that is or was one of pg_tviews, whether its metadata is there or not: by its function, or by the names that the interfaces give. */
export const extensionTriggers: Sql = sql`
  select t.tgrelid, t.tgname, t.tgenabled, t.tgfoid, t.tgparentid, p.prosrc, n.nspname as schema, c.relname as "table", pg_get_triggerdef(t.oid) as definition
    from pg_trigger t join pg_proc p on p.oid = t.tgfoid join pg_class c on c.oid = t.tgrelid join pg_namespace n on n.oid = c.relnamespace
   where not t.tgisinternal and (p.proname = 'tview_trigger_handler' or t.tgname like 'trg\\_tview\\_%' or t.tgname like 'pg\\_tviews\\_%')`;

/**
 * What the functions of the triggers call or fill that does not exist any more, by the function's oid: every write to their tables fails.
 *
 * DROP EXTENSION leaves the triggers and their function behind (measured); they call `pg_tviews_cascade` and its like.
 */
export const brokenFunctions: Sql = sql`
  select h.tgfoid, lower(w.word[1]) as lacks
    from (select distinct tgfoid, prosrc from (${extensionTriggers}) h) h
    cross join lateral regexp_matches(h.prosrc, 'perform\\s+(?:\\w+\\.)?(\\w*tview\\w*)\\s*\\(', 'gi') w (word)
   where not exists (select from pg_proc p where p.proname = lower(w.word[1]))
   union
  select h.tgfoid, lower(w.word[1])
    from (select distinct tgfoid, prosrc from (${extensionTriggers}) h) h
    cross join lateral regexp_matches(h.prosrc, 'insert\\s+into\\s+(?:\\w+\\.)?(\\w*(?:queue|tview)\\w*)', 'gi') w (word)
   where not exists (select from pg_class c where c.relname = lower(w.word[1]))`;

const Objects = z.object({ on: Installation.nullable(), triggers: z.number(), tables: z.array(z.string()), findings: z.array(Finding) });

/**
 * The probe that refuses nothing: what is installed, if anything, and which triggers stand, also after the extension or its metadata was dropped.
 *
 * Sources: pg_trigger, pg_proc, pg_class. Procedure tv-refresh-trouble.
 */
export const findTviewObjects = operation({
  effect: 'read',
  node: 'either',
  input: Target,
  example: TARGET,
  answer: one(Objects),
  statement: () => sql`
    with hooks as materialized (${extensionTriggers}),
         failing as (select h.schema, h."table", h.tgenabled, b.lacks from hooks h join (${brokenFunctions}) b on b.tgfoid = h.tgfoid)
    select to_jsonb(i) as on, (select count(*)::int from hooks) as triggers,
           array(select distinct format('%I.%I', schema, "table") from hooks order by 1 limit 20) as tables,
           (select coalesce(jsonb_agg(f), '[]') from (
              select 'every write fails' as trouble, string_agg(distinct format('%I.%I', schema, "table"), ', ') as subject,
                     format('their refresh triggers need %s, which does not exist: the extension was dropped before its triggers', lacks) as seen,
                     'runbook start dropOrphanedTriggers' as "doNext"
                from failing where tgenabled <> 'D' group by lacks
              union all
              select 'metadata gone', 'pg_tviews', format('%s triggers stand, and no metadata', (select count(*) from hooks)),
                     'install the extension again and build each TVIEW from its definition, or runbook start dropOrphanedTriggers'
               where i is null and exists (select from hooks)) f) as findings
      from (select) here left join (${installations}) i on true`,
});

const Orphan = z.object({
  schema: z.string(),
  table: z.string(),
  trigger: z.string(),
  state: z.enum(['O', 'R', 'A', 'D']),
  definition: z.string(),
});
type Orphan = z.infer<typeof Orphan>;

/** Triggers of pg_tviews whose function needs what does not exist any more. Those of a partitioned table go with their parent. */
const orphans: Sql = sql`
  select h.schema, h."table", h.tgname as trigger, h.tgenabled::text as state, h.definition, h.tgrelid
    from (${extensionTriggers}) h where h.tgfoid in (select tgfoid from (${brokenFunctions}) b) and h.tgparentid = 0`;

/** The orphaned triggers, at most 50. Sources: pg_trigger, pg_proc. Procedure tv-refresh-trouble. */
export const listOrphanedTriggers = operation({
  effect: 'read',
  node: 'either',
  input: Target,
  example: TARGET,
  answer: many(Orphan),
  statement: () => sql`select schema, "table", trigger, state, definition from (${orphans}) l order by schema, "table", trigger limit 50`,
});

/** What the operations find on the database of the example. */
const EXAMPLES: Orphan[] = [
  {
    schema: 'shop',
    table: 'tb_order',
    trigger: 'trg_tview_order_on_tb_order',
    state: 'D',
    definition: `CREATE TRIGGER trg_tview_order_on_tb_order AFTER INSERT ON shop.tb_order FOR EACH ROW EXECUTE FUNCTION tview_trigger_handler('order')`,
  },
];

const LOCKS =
  'ACCESS EXCLUSIVE on one base table at a time, briefly; waits at most 1 second for each, and its readers and writers wait behind it meanwhile';
/** As the server wrote it, but harmless where it stands already. */
const recreate = ({ definition }: Orphan): Sql =>
  sql`do ${sql.literal(`begin execute ${sql.literal(definition.replace(/^CREATE TRIGGER/, 'CREATE OR REPLACE TRIGGER')).text}; end`)}`;
const STATES: Record<Orphan['state'], Sql> = {
  O: sql`enable trigger`,
  R: sql`enable replica trigger`,
  A: sql`enable always trigger`,
  D: sql`disable trigger`,
};
const setState = ({ schema, table, trigger, state }: Orphan): Sql =>
  sql`alter table only ${sql.identifier(schema, table)} ${STATES[state]} ${sql.identifier(trigger)}`;

/** How many of some triggers stand with their definition and state, and how many with their name only. */
const countPresent = (triggers: readonly Orphan[]): Sql => sql`
  select count(*)::int as wanted, count(t.oid)::int as present,
         (count(*) filter (where pg_get_triggerdef(t.oid) = w.definition and t.tgenabled::text = w.state))::int as same,
         string_agg(distinct format('%I.%I', w.schema, w."table"), ', ') filter (where t.oid is not null) as "on"
    from jsonb_to_recordset(${JSON.stringify(triggers)}::jsonb) as w (schema text, "table" text, trigger text, state text, definition text)
    left join (pg_trigger t join pg_class c on c.oid = t.tgrelid join pg_namespace n on n.oid = c.relnamespace)
      on n.nspname = w.schema and c.relname = w."table" and t.tgname = w.trigger and not t.tgisinternal`;

const shape = {
  effect: 'write',
  repeat: 'idempotent',
  scope: 'database',
  login: 'own',
  statementTimeout: '10 seconds',
  lockTimeout: '1 second',
  locks: LOCKS,
  passesOver: ['55P03', '42P01', '42704'],
} as const;

/**
 * Drops the triggers that outlived the extension, each in a transaction of its own; a table that cannot be locked in time is skipped and named.
 *
 * Their function stays, because the undo needs it. Procedure tv-refresh-trouble.
 */
export const dropOrphanedTriggers = operation({
  ...shape,
  input: Target,
  example: TARGET,
  exampleBefore: EXAMPLES,
  requires: (_, { login }) => mayAlter(login, sql`select tgrelid as oid, schema from (${orphans}) l`),
  before: {
    rows: many(Orphan),
    statement: () => sql`select schema, "table", trigger, state, definition from (${orphans}) l order by schema, "table", trigger`,
  },
  statement: (_, found) =>
    found.map(({ schema, table, trigger }) => sql`drop trigger if exists ${sql.identifier(trigger)} on ${sql.identifier(schema, table)}`),
  verify: (_, found) => sql`
    select present = 0 as holds, 'none of the orphaned triggers'::text as expected,
           format('%s of %s%s', present, wanted, coalesce(', on ' || "on", '')) as seen from (${countPresent(found)}) s`,
  undo: { by: 'recreateTriggers', input: ({ target }, triggers) => ({ target, triggers }) },
});

/** Creates triggers from their recorded definitions, in their recorded states: writes fail again as before. Procedure tv-refresh-trouble. */
export const recreateTriggers = operation({
  ...shape,
  input: Target.extend({ triggers: z.array(Orphan) }),
  example: { ...TARGET, triggers: EXAMPLES },
  exampleBefore: EXAMPLES,
  requires: ({ triggers }, { login }) => mayAlter(login, relationsNamed(triggers)),
  before: {
    rows: many(Orphan),
    statement: ({ triggers }) => sql`
      select w.* from jsonb_to_recordset(${JSON.stringify(triggers)}::jsonb) as w (schema text, "table" text, trigger text, state text, definition text) order by 1, 2, 3`,
  },
  statement: ({ triggers }) => triggers.flatMap((one) => (one.state === 'O' ? [recreate(one)] : [recreate(one), setState(one)])),
  verify: ({ triggers }) => sql`
    select same = wanted as holds, format('%s triggers as recorded', wanted) as expected, format('%s as recorded', same) as seen from (${countPresent(triggers)}) s`,
  undo: { none: 'the triggers are as they were' },
});

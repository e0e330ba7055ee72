import { z } from 'zod';
import { operation } from '../effects/operation';
import { many } from '../sql/rows';
import { sql, type Sql } from '../sql/sql';
import { TARGET } from './examples';
import { Target } from './installation';
import { broken, hooks } from './remains';
import { mayAlter, relationsNamed } from './rights';

const Leftover = z.object({
  schema: z.string(),
  table: z.string(),
  trigger: z.string(),
  state: z.enum(['O', 'R', 'A', 'D']),
  definition: z.string(),
});
type Leftover = z.infer<typeof Leftover>;

/** Triggers of pg_tviews whose function needs what does not exist any more. Those of a partitioned table go with their parent. */
const leftovers: Sql = sql`
  select h.schema, h."table", h.tgname as trigger, h.tgenabled::text as state, h.definition, h.tgrelid
    from (${hooks}) h where h.tgfoid in (select tgfoid from (${broken}) b) and h.tgparentid = 0`;

/** The leftover triggers, at most 50. Sources: pg_trigger, pg_proc. Procedure tv-refresh-trouble. */
export const listLeftoverTriggers = operation({
  effect: 'read',
  node: 'either',
  input: Target,
  example: TARGET,
  answer: many(Leftover),
  statement: () => sql`select schema, "table", trigger, state, definition from (${leftovers}) l order by schema, "table", trigger limit 50`,
});

/** What the operations find on the database of the example. */
const EXAMPLES: Leftover[] = [
  {
    schema: 'shop',
    table: 'tb_order',
    trigger: 'trg_tview_order_on_tb_order',
    state: 'D',
    definition: `CREATE TRIGGER trg_tview_order_on_tb_order AFTER INSERT ON shop.tb_order FOR EACH ROW EXECUTE FUNCTION tview_trigger_handler('order')`,
  },
];

const LOCKS =
  'ACCESS EXCLUSIVE on one base table at a time, for an instant; waits at most 1 second for each, and its readers and writers wait behind it meanwhile';
/** As the server wrote it, but harmless where it stands already. */
const again = ({ definition }: Leftover): Sql =>
  sql`do ${sql.literal(`begin execute ${sql.literal(definition.replace(/^CREATE TRIGGER/, 'CREATE OR REPLACE TRIGGER')).text}; end`)}`;
const STATES: Record<Leftover['state'], Sql> = {
  O: sql`enable trigger`,
  R: sql`enable replica trigger`,
  A: sql`enable always trigger`,
  D: sql`disable trigger`,
};
const inState = ({ schema, table, trigger, state }: Leftover): Sql =>
  sql`alter table only ${sql.identifier(schema, table)} ${STATES[state]} ${sql.identifier(trigger)}`;

/** How many of some triggers stand with their definition and state, and how many with their name only. */
const standing = (triggers: readonly Leftover[]): Sql => sql`
  select count(*)::int as wanted, count(t.oid)::int as standing,
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
 * Drops the triggers that outlived the extension, each in a transaction of its own; a table whose lock cannot be had is passed over and named.
 *
 * Their function stays, so that the way back has it. Procedure tv-refresh-trouble.
 */
export const dropLeftoverTriggers = operation({
  ...shape,
  input: Target,
  example: TARGET,
  exampleBefore: EXAMPLES,
  requires: (_, { login }) => mayAlter(login, sql`select tgrelid as oid, schema from (${leftovers}) l`),
  before: {
    rows: many(Leftover),
    statement: () => sql`select schema, "table", trigger, state, definition from (${leftovers}) l order by schema, "table", trigger`,
  },
  statement: (_, found) =>
    found.map(({ schema, table, trigger }) => sql`drop trigger if exists ${sql.identifier(trigger)} on ${sql.identifier(schema, table)}`),
  verify: (_, found) => sql`
    select standing = 0 as holds, 'none of the leftover triggers'::text as expected,
           format('%s of %s%s', standing, wanted, coalesce(', on ' || "on", '')) as seen from (${standing(found)}) s`,
  undo: { by: 'createLeftoverTriggers', input: ({ target }, triggers) => ({ target, triggers }) },
});

/** Creates triggers from their recorded definitions, in their recorded states: writes fail again as before. Procedure tv-refresh-trouble. */
export const createLeftoverTriggers = operation({
  ...shape,
  input: Target.extend({ triggers: z.array(Leftover) }),
  example: { ...TARGET, triggers: EXAMPLES },
  exampleBefore: EXAMPLES,
  requires: ({ triggers }, { login }) => mayAlter(login, relationsNamed(triggers)),
  before: {
    rows: many(Leftover),
    statement: ({ triggers }) => sql`
      select w.* from jsonb_to_recordset(${JSON.stringify(triggers)}::jsonb) as w (schema text, "table" text, trigger text, state text, definition text) order by 1, 2, 3`,
  },
  statement: ({ triggers }) => triggers.flatMap((one) => (one.state === 'O' ? [again(one)] : [again(one), inState(one)])),
  verify: ({ triggers }) => sql`
    select same = wanted as holds, format('%s triggers as recorded', wanted) as expected, format('%s as recorded', same) as seen from (${standing(triggers)}) s`,
  undo: { none: 'the triggers are as they were' },
});

import { z } from 'zod';
import { operation } from '../effects/operation';
import { many, one } from '../sql/rows';
import { sql, type Sql } from '../sql/sql';
import { RELEASED } from './examples';
import { OnTarget, type Installation } from './installation';
import { mayAlter, relationsNamed } from './rights';
import { REPLACED } from './trigger-handler';
import { tviews } from './views';

const Trigger = z.object({ schema: z.string(), table: z.string(), trigger: z.string(), state: z.enum(['O', 'R', 'A', 'D']) });
type Trigger = z.infer<typeof Trigger>;

/** Every refresh trigger, found by its function: names are cut at 63 bytes and no pattern finds them all. Partitions have triggers of their own. */
const triggers = ({ handlers }: Installation): Sql => sql`
  select n.nspname as schema, c.relname as "table", t.tgname as trigger, t.tgenabled::text as state, t.tgrelid, encode(t.tgargs, 'escape') as arguments
    from pg_trigger t join pg_class c on c.oid = t.tgrelid join pg_namespace n on n.oid = c.relnamespace
   where not t.tgisinternal and t.tgfoid = any(${handlers}::regprocedure[]::oid[])`;

const Measured = z.object({
  triggers: z.number(),
  tables: z.number(),
  enabled: z.number(),
  disabled: z.number(),
  demanded: z.number(),
  missing: z.number(),
  enabledOn: z.array(z.string()),
  replaced: z.number(),
});

/**
 * How many refresh triggers there are, on how many tables, how many fire, how many the metadata demands, and how many trigger functions do nothing.
 *
 * "No trigger is enabled" is good news only beside a number of triggers that is not 0. Sources: pg_trigger, the metadata. Procedure tv-disable.
 */
export const measureRefreshTriggers = operation({
  effect: 'read',
  node: 'either',
  input: OnTarget,
  example: RELEASED,
  answer: one(Measured),
  statement: ({ on }) => sql`
    with found as (${triggers(on)}), wanted as (select m.entity, base from (${tviews(on)}) m cross join lateral unnest(m.bases) base)
    select (select count(*)::int from found) as triggers, (select count(distinct tgrelid)::int from found) as tables,
           (select count(*)::int from found where state <> 'D') as enabled, (select count(*)::int from found where state = 'D') as disabled,
           (select count(*)::int from wanted) as demanded,
           (select count(*)::int from wanted w where not exists (select from found f where f.tgrelid = w.base)) as missing,
           array(select distinct format('%I.%I', schema, "table") from found where state <> 'D' order by 1 limit 20) as "enabledOn",
           (select count(*)::int from pg_proc where oid = any(${on.handlers}::regprocedure[]::oid[]) and prosrc like ${`%${REPLACED}%`}) as replaced`,
});

const LOCKS = 'SHARE ROW EXCLUSIVE on one base table at a time, briefly; waits at most 1 second for each, and its writers wait behind it meanwhile';
/** What the writes of trigger states have in common: a table that is locked (55P03) or gone (42P01, 42704) does not stop the others. */
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
/** What the operations find on the database of the example. */
const EXAMPLES: Trigger[] = [
  { schema: 'shop', table: 'tb_customer', trigger: 'trg_tview_customer_on_tb_customer', state: 'O' },
  { schema: 'shop', table: 'tb "odd"', trigger: 'trg_tview_odd', state: 'R' },
  { schema: 'shop', table: 'tb "odd"', trigger: 'trg_tview_more', state: 'A' },
];
/** Without a limit: what was disabled must be restorable, however much it is. */
const States = z.array(Trigger);
/** The words of ALTER TABLE for each state of a trigger: fires at the origin, on a replica, always, never. */
const ACTS: Record<Trigger['state'], Sql> = {
  O: sql`enable trigger`,
  R: sql`enable replica trigger`,
  A: sql`enable always trigger`,
  D: sql`disable trigger`,
};

/** One statement a table, in the order of their names; ONLY, because each partition has its own state. */
function alterations(wanted: readonly Trigger[]): Sql[] {
  const byTable = new Map<string, Trigger[]>();
  for (const one of wanted) {
    const table = JSON.stringify([one.schema, one.table]);
    byTable.set(table, [...(byTable.get(table) ?? []), one]);
  }
  return [...byTable.values()].flatMap((ofTable) => {
    const [first] = ofTable;
    if (!first) return [];
    const acts = ofTable.map(({ trigger, state }) => sql`${ACTS[state]} ${sql.identifier(trigger)}`);
    return [sql`alter table only ${sql.identifier(first.schema, first.table)} ${sql.join(acts, ', ')}`];
  });
}

/** Says which of the triggers are not in the wanted state; one whose table or trigger was dropped meanwhile is nobody's any more. */
const compareStates = (on: Installation, wanted: readonly Trigger[], expected: string): Sql => sql`
  with wanted as (select * from jsonb_to_recordset(${JSON.stringify(wanted)}::jsonb) as w (schema text, "table" text, trigger text, state text)),
       found as (${triggers(on)}),
       others as (select f.schema, f."table", f.trigger, f.state from found f join wanted w using (schema, "table", trigger) where f.state <> w.state),
       gone as (select w.* from wanted w left join found f using (schema, "table", trigger) where f.trigger is null)
  select not exists (select from others) as holds, ${expected}::text as expected,
         case when exists (select from others)
              then 'not so: ' || (select string_agg(distinct format('%I.%I', schema, "table"), ', ') from (select * from others order by 1, 2 limit 20) o)
              else (select format('%s triggers as wanted', (select count(*) from wanted) - (select count(*) from gone))) end
         || coalesce((select format('; dropped meanwhile: %s', string_agg(format('%I.%I %I', schema, "table", trigger), ', ')) from (select * from gone limit 20) g having count(*) > 0), '') as seen`;

const disable = (found: readonly Trigger[]): Trigger[] => found.map((one) => ({ ...one, state: 'D' }));

/**
 * Disables every refresh trigger that fires, each table in a transaction of its own; a table that cannot be locked in time is skipped and named.
 *
 * Never DISABLE TRIGGER ALL: that takes foreign keys with it. TVIEWs are snapshots from then on. Procedures tv-disable, tv-drain.
 */
export const disableRefreshTriggers = operation({
  ...shape,
  input: OnTarget,
  example: RELEASED,
  exampleBefore: EXAMPLES,
  requires: ({ on }, { login }) => mayAlter(login, sql`select tgrelid as oid, schema from (${triggers(on)}) t where state <> 'D'`),
  before: {
    rows: many(Trigger),
    statement: ({ on }) => sql`
      select schema, "table", trigger, state from (${triggers(on)}) t where state <> 'D' order by schema, "table", trigger`,
  },
  statement: (_, found) => alterations(disable(found)),
  verify: ({ on }, found) => compareStates(on, disable(found), `${found.length} refresh triggers disabled`),
  undo: { by: 'setRefreshTriggers', input: (input, states) => ({ ...input, states }) },
});

const Recorded = Trigger.extend({ recorded: Trigger.shape.state });

/** The triggers that are not in the state that the ledger recorded when they were disabled. */
const listRecorded = (on: Installation): Sql => sql`
  select t.schema, t."table", t.trigger, t.state, r.state as recorded, t.tgrelid
    from (${triggers(on)}) t
    join (select distinct on (w.schema, w."table", w.trigger) w.schema, w."table", w.trigger, w.state
            from runbooks.ledger l
            cross join lateral json_to_recordset(l.before) as w (schema text, "table" text, trigger text, state text)
           where l.operation = 'disableRefreshTriggers' and l.state in ('claimed', 'done') and json_typeof(l.before) = 'array'
             and l.seq > coalesce((select max(d.seq) from runbooks.ledger d where d.operation = 'restoreRefreshTriggers' and d.state = 'done'), 0)
           order by w.schema, w."table", w.trigger, l.seq desc) r using (schema, "table", trigger)
   where t.state <> r.state`;

/**
 * Sets the refresh triggers back to the states that were recorded when they were disabled, from the ledger of this database;
 * a disabling that was skipped half-way (`claimed`) counts too, one that an earlier restoring has dealt with does not.
 *
 * Never ENABLE TRIGGER ALL: a trigger that was disabled, or fired on replicas only, before the emergency stays so. Procedure tv-disable.
 */
export const restoreRefreshTriggers = operation({
  ...shape,
  input: OnTarget,
  example: RELEASED,
  exampleBefore: EXAMPLES.map((one) => ({ ...one, state: 'D' as const, recorded: one.state })),
  requires: ({ on }, { login }) => mayAlter(login, sql`select tgrelid as oid, schema from (${listRecorded(on)}) r`),
  before: {
    rows: many(Recorded),
    statement: ({ on }) => sql`select schema, "table", trigger, state, recorded from (${listRecorded(on)}) r order by schema, "table", trigger`,
  },
  statement: (_, found) => alterations(toRecordedStates(found)),
  verify: ({ on }, found) => compareStates(on, toRecordedStates(found), `${found.length} refresh triggers in their recorded states`),
  undo: { by: 'setRefreshTriggers', input: (input, found) => ({ ...input, states: found.map(({ recorded: _, ...now }) => now) }) },
});

const toRecordedStates = (found: readonly z.infer<typeof Recorded>[]): Trigger[] =>
  found.map(({ recorded, ...one }) => ({ ...one, state: recorded }));

/** Sets refresh triggers to given states, each table in a transaction of its own. A table that was dropped meanwhile is said, not failed. Procedure tv-disable. */
export const setRefreshTriggers = operation({
  ...shape,
  input: OnTarget.extend({ states: States.describe('the recorded state of each trigger: O, R, A or D') }),
  example: { ...RELEASED, states: EXAMPLES },
  exampleBefore: EXAMPLES,
  requires: ({ states }, { login }) => mayAlter(login, relationsNamed(states)),
  before: {
    rows: many(Trigger),
    statement: ({ on, states }) => sql`
      select schema, "table", trigger, state from (${triggers(on)}) t
       where (schema, "table", trigger) in (select w.schema, w."table", w.trigger from jsonb_to_recordset(${JSON.stringify(states)}::jsonb) as w (schema text, "table" text, trigger text))
       order by schema, "table", trigger`,
  },
  statement: ({ states }) => alterations(states),
  verify: ({ on, states }) => compareStates(on, states, `${states.length} refresh triggers in their recorded states`),
  undo: { by: 'setRefreshTriggers', input: (input, states) => ({ ...input, states }) },
});

import { z } from 'zod';
import { TargetName } from '../../workflows/contracts/params';
import { operation } from '../../activities/effects/operation';
import { many, one } from '../../activities/sql/rows';
import { sql } from '../../activities/sql/sql';

/** Operations on one small table, `app.shelf (name text, amount int)`, with which the engine's rules are tested. */
const Item = z.strictObject({ target: TargetName, name: z.string() });
const Amount = Item.extend({ amount: z.int() });
const Row = z.object({ name: z.string(), amount: z.number() });

export const readAmount = operation({
  effect: 'read',
  input: Item,
  answer: one(z.object({ amount: z.number().nullable() })),
  statement: ({ name }) => sql`select (select amount from app.shelf where name = ${name}) as amount`,
});

export const scanShelf = operation({
  effect: 'read',
  pace: 'slow',
  input: z.strictObject({ target: TargetName, seconds: z.number().default(0) }),
  answer: many(Row),
  statement: ({ seconds }) => sql`select name, amount from app.shelf, pg_sleep(${seconds}) order by name limit 50`,
});

/** A quick read that is as late as it is told. */
export const readLate = operation({
  effect: 'read',
  input: Item.extend({ seconds: z.number() }),
  answer: one(z.object({ amount: z.number().nullable() })),
  statement: ({ name, seconds }) => sql`select (select amount from app.shelf where name = ${name}) as amount from pg_sleep(${seconds})`,
});

const before = { rows: many(Row), statement: ({ name }: { name: string }) => sql`select name, amount from app.shelf where name = ${name}` };
const holds = ({ name, amount }: { name: string; amount: number }) => sql`
  select coalesce(max(amount), -1) = ${amount} as holds, format('%s = %s', ${name}::text, ${amount}::int) as expected, format('%s = %s', ${name}::text, max(amount)) as seen
    from app.shelf where name = ${name}`;

export const setAmount = operation({
  effect: 'write',
  repeat: 'transactional',
  scope: 'database',
  login: 'own',
  input: Amount.extend({ sleep: z.number().optional() }),
  locks: 'a row lock on the item',
  before,
  statement: ({ name, amount, sleep }) => [
    ...(sleep ? [sql`select pg_sleep(${sleep})`] : []),
    sql`update app.shelf set amount = ${amount} where name = ${name}`,
  ],
  verify: holds,
  undo: { by: 'setAmount', input: ({ sleep: _, ...input }, [row]) => ({ ...input, amount: row?.amount ?? 0 }) },
});

/** Adds one for each time that it runs: a second run of the same effect shows. */
export const addOne = operation({
  effect: 'write',
  repeat: 'transactional',
  scope: 'database',
  login: 'own',
  input: Item,
  locks: 'a row lock on the item',
  before,
  statement: ({ name }) => sql`update app.shelf set amount = amount + 1 where name = ${name}`,
  verify: ({ name }, [row]) => holds({ name, amount: (row?.amount ?? 0) + 1 }),
  undo: { by: 'setAmount', input: (input, [row]) => ({ ...input, amount: row?.amount ?? 0 }) },
});

/** A setting of the whole cluster; cannot run in a transaction. */
export const setClusterSetting = operation({
  effect: 'write',
  repeat: 'idempotent',
  scope: 'cluster',
  login: 'control',
  input: z.strictObject({ target: TargetName, value: z.string() }),
  locks: 'none',
  before: {
    rows: many(z.object({ value: z.string() })),
    statement: () =>
      sql`select coalesce((select setting from pg_file_settings where name = 'work_mem' and sourcefile like '%auto.conf'), '') as value`,
  },
  statement: ({ value }) => (value === '' ? sql`alter system reset work_mem` : sql`alter system set work_mem = ${sql.literal(value)}`),
  verify: ({ value }) => sql`
    select coalesce(max(setting), '') = ${value} as holds, ${value}::text as expected, coalesce(max(setting), '(none)') as seen
      from pg_file_settings where name = 'work_mem' and sourcefile like '%auto.conf'`,
  undo: { by: 'setClusterSetting', input: (input, [row]) => ({ ...input, value: row?.value ?? '' }) },
});

export const dropItem = operation({
  effect: 'irreversible',
  repeat: 'transactional',
  scope: 'database',
  login: 'own',
  input: Item,
  locks: 'a row lock on the item',
  before,
  statement: ({ name }) => sql`delete from app.shelf where name = ${name}`,
  verify: ({ name }) =>
    sql`select count(*) = 0 as holds, 'no such item'::text as expected, format('%s items', count(*)) as seen from app.shelf where name = ${name}`,
  undo: { none: 'a deleted item is gone' },
});

export const closeShelf = operation({
  effect: 'write',
  repeat: 'transactional',
  scope: 'database',
  login: 'own',
  input: Item,
  locks: 'a row lock on the item',
  pointOfNoReturn: true,
  before,
  statement: ({ name }) => sql`update app.shelf set amount = 99 where name = ${name}`,
  verify: ({ name }) => holds({ name, amount: 99 }),
  undo: { none: 'closed' },
});

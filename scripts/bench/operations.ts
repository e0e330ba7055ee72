import { z } from 'zod';
import { TargetName } from '../../workflows/contracts/params';
import { operation } from '../../activities/effects/operation';
import { many, one } from '../../activities/sql/rows';
import { sql } from '../../activities/sql/sql';

const Item = z.strictObject({ target: TargetName, name: z.string() });
const Row = z.object({ name: z.string(), amount: z.number() });

export const readStock = operation({
  effect: 'read',
  input: Item,
  answer: one(z.object({ amount: z.number() })),
  statement: ({ name }) => sql`select amount from bench.stock where name = ${name}`,
});

/** A small change that can be told to take its time. */
export const setStock = operation({
  effect: 'write',
  repeat: 'transactional',
  scope: 'database',
  login: 'own',
  input: Item.extend({ amount: z.int(), seconds: z.number().optional() }),
  locks: 'a row lock on the item',
  before: { rows: many(Row), statement: ({ name }) => sql`select name, amount from bench.stock where name = ${name}` },
  statement: ({ name, amount, seconds }) => [
    ...(seconds ? [sql`select pg_sleep(${seconds})`] : []),
    sql`update bench.stock set amount = ${amount} where name = ${name}`,
  ],
  verify: ({ name, amount }) => sql`
    select coalesce(max(amount), -1) = ${amount}::int as holds, format('%s = %s', ${name}::text, ${amount}::int) as expected,
           format('%s = %s', ${name}::text, max(amount)) as seen
      from bench.stock where name = ${name}`,
  undo: { by: 'setStock', input: ({ seconds: _, ...input }, [row]) => ({ ...input, amount: row?.amount ?? 0 }) },
});

export const ITEMS = ['apples', 'cherries', 'pears', 'plums'] as const;

/** The table of the benchmarks, for the target's logins. */
export const STOCK = `
  create schema bench;
  grant usage on schema bench to rb_read, rb_own, rb_ctl;
  create table bench.stock (name text primary key, amount int not null);
  insert into bench.stock select name, 0 from unnest(array['${ITEMS.join("','")}']) as name;
  alter table bench.stock owner to rb_own;
  grant select on bench.stock to rb_read, rb_ctl`;

import type { Stage } from '../../../activities/effects/attempt';
import { answerOf, effectOf } from '../../support/exercise-operation';
import { layBed } from '../../support/pg-tviews/beds';
import { startWorld, type World } from '../../support/world';

const STATES = { O: 'enable', R: 'enable replica', A: 'enable always', D: 'disable' } as const;
type State = keyof typeof STATES;
const STAGES: Stage[] = ['connected', 'claimed', 'before effect', 'effect sent', 'verified', 'committed'];

let world: World;
beforeAll(async () => (world = await startWorld()));
afterAll(() => world.stop());

/** Numbers that look random and are the same each time: a set that fails can be looked at again by its seed. */
function numbers(seed: number): (below: number) => number {
  let state = seed * 2_654_435_761 + 1;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const NAMES = ['plain', 'With "quotes"', 'semi;colon', 'ünïcode', 'a-very-long-name-that-fills-nearly-all-of-the-63-bytes-allowed'];
const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** Lays random tables with random triggers of the extension and of others, partitions and an event trigger among them. */
async function layTriggers(pick: (below: number) => number): Promise<string[]> {
  await layBed(world.admin, 'immediate');
  await world.admin.query(
    `drop event trigger if exists pg_tviews_ddl_end; drop schema if exists extra cascade; create schema extra authorization rb_own; drop schema if exists "Odd ""schema" cascade; create schema "Odd ""schema" authorization rb_own`,
  );
  await world.admin
    .query(`drop event trigger if exists pg_tviews_ddl_end; create or replace function extra.ddl() returns event_trigger language plpgsql as 'begin end';
    create event trigger pg_tviews_ddl_end on ddl_command_end execute function extra.ddl()`);
  await world.admin.query(`set role rb_own; create function extra.audit() returns trigger language plpgsql as 'begin return null; end'`);
  const tables: string[] = [];
  for (let i = 0; i < 2 + pick(4); i++) {
    const table = `${pick(2) ? 'extra' : '"Odd ""schema"'}.${quoted(`${NAMES[pick(NAMES.length)] ?? ''}`.slice(0, 55) + String(i))}`;
    const partitioned = pick(3) === 0;
    await world.admin.query(`create table ${table} (pk_x bigint) ${partitioned ? 'partition by range (pk_x)' : ''}`);
    tables.push(table);
    if (partitioned) {
      for (const part of [1, 2]) {
        const name = `extra.${quoted(`part ${i} ${part}`)}`;
        await world.admin.query(`create table ${name} partition of ${table} for values from (${part}) to (${part + 1})`);
        tables.push(name);
      }
    }
    for (let t = 0; t <= pick(3); t++)
      await world.admin.query(
        `create trigger ${quoted(`${NAMES[pick(NAMES.length)] ?? ''}`.slice(0, 55) + String(t))} after insert on ${table} for each row execute function public.tview_trigger_handler('x')`,
      );
    await world.admin.query(`create trigger audit after insert on ${table} for each row execute function extra.audit()`);
  }
  const all = await triggers();
  for (const { table, trigger } of all)
    await world.admin.query(`alter table only ${table} ${STATES[(['O', 'R', 'A', 'D'] as const)[pick(4)] ?? 'O']} trigger ${quoted(trigger)}`);
  await world.admin.query('reset role');
  return tables;
}

interface Found {
  readonly table: string;
  readonly trigger: string;
  readonly state: State;
  readonly ours: boolean;
}

const triggers = async (): Promise<Found[]> =>
  (
    await world.admin.query<Found>(
      `select format('%I.%I', n.nspname, c.relname) as "table", t.tgname as trigger, t.tgenabled::text as state, p.proname = 'tview_trigger_handler' as ours
         from pg_trigger t join pg_proc p on p.oid = t.tgfoid join pg_class c on c.oid = t.tgrelid join pg_namespace n on n.oid = c.relnamespace
        where not t.tgisinternal order by 1, 2`,
    )
  ).rows;
const eventTrigger = async (): Promise<unknown> => (await world.admin.query('select evtname, evtenabled from pg_event_trigger')).rows;

test.each(Array.from({ length: 24 }, (_, i) => i + 1))(
  'set %i: disable then restore gives back exactly what was, cut anywhere, and says what was dropped',
  async (seed) => {
    const pick = numbers(seed);
    const tables = await layTriggers(pick);
    const on = await answerOf(world, 'probeTviews', {});
    const [before, events] = [await triggers(), await eventTrigger()];

    const disable = effectOf(world, 'disableRefreshTriggers', { on });
    await disable.cut(STAGES[pick(STAGES.length)] ?? 'claimed', 1 + pick(3));
    await disable.act();
    expect(await triggers()).toEqual(before.map((one) => (one.ours ? { ...one, state: 'D' } : one)));

    const dropped = pick(2) ? tables[pick(tables.length)] : undefined;
    if (dropped) await world.admin.query(`drop table ${dropped} cascade`);
    const left = new Set((await triggers()).map(({ table }) => table));
    const viaUndo = pick(2) === 1;
    if (viaUndo) {
      const { verified } = await disable.undo();
      const gone = before.some((one) => one.ours && one.state !== 'D' && !left.has(one.table));
      expect(verified.includes('dropped meanwhile')).toBe(gone);
    } else {
      const restore = effectOf(world, 'restoreRefreshTriggers', { on });
      await restore.cut(STAGES[pick(STAGES.length)] ?? 'claimed', 1 + pick(3));
      await restore.act();
    }
    expect(await triggers()).toEqual(before.filter(({ table }) => left.has(table)));
    expect(await eventTrigger()).toEqual(events);
  },
);

import { rendered, sql } from '../../../activities/sql/sql';

test('the indentation of a template goes, the blanks of what is inserted stay', () => {
  const body = 'begin  \n      if true then  \n        return null;\n      end if;\n\nend  ';
  const { text } = sql`
    do ${sql.literal(body)}
     where true`;
  expect(text).toBe(`do '${body}'\n where true`);
});

test('places are renumbered when a statement stands in another', () => {
  const inner = sql`select ${1} as a`;
  expect(sql`
    select ${'x'}
      from (${inner}) i where a = ${2}`).toEqual({ text: 'select $1\n  from (select $2 as a) i where a = $3', values: ['x', 1, 2] });
});

test('arrays are shown as SQL, also empty ones', () => {
  expect(rendered(sql`select ${['a', "b'c"]}::text[], ${[]}::int[]`)).toBe(`select array['a', 'b''c']::text[], '{}'::int[]`);
});

test.each(['', 'a\0b', 'x'.repeat(64)])('%j is no identifier', (name) => {
  expect(() => sql.identifier(name)).toThrow(RangeError);
});

test('a dollar in a name or in a text is no place', () => {
  const inner = sql`select ${sql.identifier('price$1')} -- in $1, it's
    from ${sql.identifier('app', 't$1"$2')} where note = ${sql.literal("it's $1 \\ $2")} and amount = ${7}`;
  const { text, values } = sql`select ${'x'}, ${'y'} from (${inner}) i`;
  expect(text).toContain(`select "price$1" -- in $1, it's`);
  expect(text).toContain(`from "app"."t$1""$2" where note =  E'it''s $1 \\\\ $2' and amount = $3) i`);
  expect(values).toEqual(['x', 'y', 7]);
  expect(rendered(inner)).toContain(`"price$1" -- in $1, it's`);
  expect(rendered(inner)).toContain(`"app"."t$1""$2" where note =  E'it''s $1 \\\\ $2' and amount = 7`);
});

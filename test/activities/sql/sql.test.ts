import { rendered, sql } from '../../../activities/sql/sql';

test('the indentation of a template goes, the blanks of what is inserted stay', () => {
  const body = 'begin  \n      if true then  \n        return null;\n      end if;\n\nend  ';
  const { text } = sql`
    do ${sql.literal(body)}
     where true`;
  expect(text).toBe(`do '${body}'\n where true`);
});

test('places are numbered anew when a statement stands in another', () => {
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

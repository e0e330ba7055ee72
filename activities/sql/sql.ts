import { escapeIdentifier, escapeLiteral } from 'pg';

/** A statement as a value: text with `$n` places and the values for them. */
export interface Sql {
  readonly text: string;
  readonly values: readonly unknown[];
}

/** A piece of SQL text that is safe to inline, made only by `sql.identifier`, `sql.integer`, `sql.literal` and `sql.join`. */
class Fragment {
  constructor(
    readonly text: string,
    readonly values: readonly unknown[] = [],
  ) {}
}

const isSql = (value: unknown): value is Sql => value instanceof Fragment || STATEMENTS.has(value as object);
const STATEMENTS = new WeakSet<object>();

function tag(strings: TemplateStringsArray, ...inserted: readonly unknown[]): Sql {
  const values: unknown[] = [];
  let text = '';
  dedented(strings).forEach((piece, i) => {
    text += piece;
    if (i >= inserted.length) return;
    const value = inserted[i];
    if (isSql(value)) {
      text += renumbered(value, values.length);
      values.push(...value.values);
    } else {
      values.push(value);
      text += `$${values.length}`;
    }
  });
  const statement = Object.freeze({ text, values: Object.freeze(values) });
  STATEMENTS.add(statement);
  return statement;
}

/**
 * Makes a frozen statement. Inserted values become parameters; other statements and the fragments below are inlined.
 *
 * Utility statements (ALTER ROLE, ALTER SYSTEM) take no parameters: `sql.integer` and `sql.literal` are for them.
 */
export const sql = Object.assign(tag, {
  /** A quoted identifier, or a dotted path of them (`sql.identifier(schema, table)`). */
  identifier: (...path: readonly [string, ...string[]]): Sql => new Fragment(path.map(checkedIdentifier).join('.')),
  /** A whole number inlined; throws a RangeError for anything else. */
  integer: (value: number): Sql => {
    if (!Number.isSafeInteger(value)) throw new RangeError(`${String(value)} is not a whole number.`);
    return new Fragment(String(value));
  },
  /** A quoted text literal. */
  literal: (value: string): Sql => {
    if (value.includes('\0')) throw new RangeError('A text with a zero byte cannot be a PostgreSQL literal.');
    return new Fragment(escapeLiteral(value));
  },
  /** Statements joined by a separator such as `, `. */
  join: (parts: readonly Sql[], separator: ', ' | ' and ' | ' or ' | '\n' | '\nunion all\n'): Sql => {
    const values: unknown[] = [];
    const text = parts.map((part) => {
      const piece = renumbered(part, values.length);
      values.push(...part.values);
      return piece;
    });
    return new Fragment(text.join(separator), values);
  },
});

/** The statement as one readable text with its values in place; for people and goldens, never for execution. */
export function rendered(statement: Sql): string {
  return withPlaces(statement.text, (place, n) => (n <= statement.values.length ? shown(statement.values[n - 1]) : place));
}

/** A place for a value; a comment, a quoted name or a literal comes first, because a dollar in it is a dollar. */
const PLACE = /--[^\n]*|"(?:[^"]|"")*"|'(?:[^']|'')*'|\$(\d+)/g;

/** Puts something else into each place. */
const withPlaces = (text: string, put: (place: string, n: number) => string): string =>
  text.replace(PLACE, (found, n: string | undefined) => (n === undefined ? found : put(found, Number(n))));

function checkedIdentifier(name: string): string {
  if (name === '' || name.includes('\0') || Buffer.byteLength(name) > 63) {
    throw new RangeError(`${JSON.stringify(name)} is not a PostgreSQL identifier (1 to 63 bytes, no zero byte).`);
  }
  return escapeIdentifier(name);
}

const renumbered = (part: Sql, by: number): string => (by === 0 ? part.text : withPlaces(part.text, (_, n) => `$${n + by}`));

function shown(value: unknown): string {
  if (value === null || value === undefined) return 'null';
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (Array.isArray(value)) return value.length ? `array[${value.map(shown).join(', ')}]` : `'{}'`;
  return escapeLiteral(typeof value === 'string' ? value : JSON.stringify(value));
}

/** The pieces of a template without their common indentation. What is inserted stays as it is: a literal's blanks are part of its value. */
function dedented(strings: readonly string[]): string[] {
  const last = strings.length - 1;
  const indents = strings.flatMap((piece, i) =>
    piece
      .split('\n')
      .slice(1)
      .filter((line, n, lines) => line.trim() !== '' || (n === lines.length - 1 && i < last))
      .map((line) => line.length - line.trimStart().length),
  );
  const indent = indents.length ? Math.min(...indents) : 0;
  return strings.map((piece, i) => {
    const lines = piece.split('\n').map((line, n) => (n === 0 ? line : line.slice(indent)));
    const text = lines.map((line, n) => (n < lines.length - 1 ? line.trimEnd() : line)).join('\n');
    return i === last ? (i === 0 ? text.trim() : text.trimEnd()) : i === 0 ? text.trimStart() : text;
  });
}

import { sql, type Sql } from '../sql/sql';

type Smoke = (schema: string) => Sql;

/** One call of each known extension that fails when its library and its SQL do not fit: a boolean expression. */
const SMOKE: Readonly<Record<string, Smoke>> = {
  pg_trgm: (schema) => sql`${sql.identifier(schema, 'similarity')}('runbook', 'runbooks') > 0`,
  hstore: (schema) => sql`${sql.identifier(schema, 'exist')}(${sql.identifier(schema, 'hstore')}('a'::text, 'b'::text), 'a')`,
  citext: (schema) =>
    sql`${sql.identifier(schema, 'citext_cmp')}('A'::text::${sql.identifier(schema, 'citext')}, 'a'::text::${sql.identifier(schema, 'citext')}) = 0`,
  pgcrypto: (schema) => sql`octet_length(${sql.identifier(schema, 'digest')}('runbook', 'sha256')) = 32`,
  pg_stat_statements: (schema) => sql`(select count(*) >= 0 from ${sql.identifier(schema, 'pg_stat_statements')}(false))`,
  unaccent: (schema) => sql`${sql.identifier(schema, 'unaccent')}('a') = 'a'`,
};

/** A check that the extension works, run inside the update's transaction; true for an extension that nobody has described yet. */
export const smokeOf = (extension: string, schema: string): Sql => SMOKE[extension]?.(schema) ?? sql`true`;

/** Whether an extension has a smoke check of its own. */
export const hasSmoke = (extension: string): boolean => Object.hasOwn(SMOKE, extension);

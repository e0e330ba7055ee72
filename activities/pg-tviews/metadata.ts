import { sql, type Sql } from '../sql/sql';
import type { Installation } from './installation';

/**
 * The metadata of the released extension as INSERT statements, relations by name.
 *
 * A dump does not carry it, and it holds oids, which a restore changes: TVIEWs then go stale silently. Saved before the dump and run after the
 * restore, followed by a refresh of all, it brings everything back (measured on 0.1.0-beta.8). Procedures tv-scripts, tv-refresh-trouble.
 */
export const metadataInserts = ({ schema }: Pick<Installation, 'schema'>): Sql => sql`
  select format('insert into %I.pg_tview_meta (entity, view_oid, table_oid, definition, dependencies, fk_columns, uuid_fk_columns, dependency_types, dependency_paths, array_match_keys, created_at) '
                'values (%L, %L::regclass, %L::regclass, %L, %L::regclass[]::oid[], %L, %L, %L, %L, %L, %L) on conflict (entity) do nothing;',
                ${schema}::text, entity, view_oid::regclass, table_oid::regclass, definition, dependencies::regclass[], fk_columns, uuid_fk_columns,
                dependency_types, dependency_paths, array_match_keys, created_at)
    from ${sql.identifier(schema, 'pg_tview_meta')}
   order by entity`;

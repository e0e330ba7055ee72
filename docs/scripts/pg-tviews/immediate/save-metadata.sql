-- Saves the metadata, which a dump does not carry; run the file it writes after a restore, then refreshAllTviews.

-- Made by "npm run generate" from the operations metadataInserts; changes here are lost.

-- Run it with: psql -X -d <database> -f <this file>

-- It leaves no record and asks nobody: use the runbook where Temporal is at hand.

\set ON_ERROR_STOP on

set statement_timeout = '10min';

set lock_timeout = '1s';

-- Names are written with their schemas.
set search_path = pg_catalog;
select format('tviews-metadata-%s.sql', to_char(clock_timestamp(), 'YYYYMMDD-HH24MISS')) as file \gset
\echo 'It goes into the file' :file
\pset tuples_only on
\pset format unaligned
select format('insert into %I.pg_tview_meta (entity, view_oid, table_oid, definition, dependencies, fk_columns, uuid_fk_columns, dependency_types, dependency_paths, array_match_keys, created_at) '
              'values (%L, %L::regclass, %L::regclass, %L, %L::regclass[]::oid[], %L, %L, %L, %L, %L, %L) on conflict (entity) do nothing;',
              'public'::text, entity, view_oid::regclass, table_oid::regclass, definition, dependencies::regclass[], fk_columns, uuid_fk_columns,
              dependency_types, dependency_paths, array_match_keys, created_at)
  from "public"."pg_tview_meta"
 order by entity
\g :file


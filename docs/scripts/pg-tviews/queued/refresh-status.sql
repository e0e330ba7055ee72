-- Refresh status: the difference of each TVIEW and its view; looks only.

-- Made by "npm run generate" from the operations listTviews, compareTview; changes here are lost.

-- Run it with: psql -X -d <database> -f <this file>

-- It leaves no record and asks nobody: use the runbook where Temporal is at hand.

\set ON_ERROR_STOP on

set statement_timeout = '10min';

set lock_timeout = '1s';

\echo 'Each view: rows that differ, and ghosts among them'
select format($script$with missing as (select %6$s from %3$s.%4$s except all select %6$s from %1$s.%2$s),
     surplus as (select %6$s from %1$s.%2$s except all select %6$s from %3$s.%4$s)
select %7$s::text as entity, (select count(*)::int from %1$s.%2$s) as rows,
       (select count(*)::int from missing) as missing, (select count(*)::int from surplus) as surplus,
       (select count(*)::int from surplus s where not exists (select from %3$s.%4$s v where v.%5$s = s.%5$s)) as ghosts,
       (select count(*)::int from missing) + (select count(*)::int from surplus) as differing, (select count(*)::int from "pg_tviews_internal"."queue" where entity_name = %7$s) as queued$script$,
  quote_ident(v.schema), quote_ident(v."table"), quote_ident(v."viewSchema"), quote_ident(v.view), quote_ident(v.key),
  (select string_agg(quote_ident(c), ', ' order by i) from unnest(v.columns) with ordinality as u (c, i)), quote_literal(v.entity))
  from (select entity, schema, "table", "viewSchema", view, columns, key from (select m.entity, t.oid as table_oid, tn.nspname as schema, t.relname as "table", vn.nspname as "viewSchema", v.relname as view, c.columns, k.key,
       exists (select from pg_index i join pg_attribute a on a.attrelid = i.indrelid and a.attnum = i.indkey[0]
                where i.indrelid = t.oid and i.indisunique and i.indisvalid and i.indimmediate and i.indpred is null and i.indnkeyatts = 1 and a.attname = k.key) as keyed,
       exists (select from pg_constraint f where f.confrelid = t.oid and f.contype = 'f') as referenced,
       array(select c.name from unnest(c.columns) c (name)
              where not exists (select from pg_attribute a where a.attrelid = t.oid and a.attname = c.name and a.attnum > 0 and not a.attisdropped)) as lacks
  from (select m.entity_name as entity, m.entity_name as table_name, (select c.oid from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where (c.relname = m.entity_name or n.nspname || '.' || c.relname = m.entity_name) and c.relkind in ('r', 'p', 'v', 'm')
    and n.nspname !~ '^(pg_|information_schema)'
  order by n.nspname = 'public' desc, n.nspname limit 1) as table_oid,
       (select c.oid from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where (c.relname = regexp_replace(m.entity_name, '(^|[.])tv_', '\1v_') or n.nspname || '.' || c.relname = regexp_replace(m.entity_name, '(^|[.])tv_', '\1v_')) and c.relkind in ('r', 'p', 'v', 'm')
    and n.nspname !~ '^(pg_|information_schema)'
  order by n.nspname = 'public' desc, n.nspname limit 1) as view_oid,
       array_remove(array[(select c.oid from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where (c.relname = m.backing_table_name or n.nspname || '.' || c.relname = m.backing_table_name) and c.relkind in ('r', 'p', 'v', 'm')
    and n.nspname !~ '^(pg_|information_schema)'
  order by n.nspname = 'public' desc, n.nspname limit 1)], null) as bases
  from "public"."pg_tviews_metadata" m) m
  join pg_class t on t.oid = m.table_oid join pg_namespace tn on tn.oid = t.relnamespace
  join pg_class v on v.oid = m.view_oid join pg_namespace vn on vn.oid = v.relnamespace
  cross join lateral (select array_agg(a.attname::text order by a.attnum) as columns
                        from pg_attribute a where a.attrelid = v.oid and a.attnum > 0 and not a.attisdropped) c
  cross join lateral (select case when 'pk_' || regexp_replace(m.entity, '^tv_', '') = any(c.columns)
                                  then 'pk_' || regexp_replace(m.entity, '^tv_', '') else c.columns[1] end as key) k) w where entity > '' order by entity limit 40) v
\gexec


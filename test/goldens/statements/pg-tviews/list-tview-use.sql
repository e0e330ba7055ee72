-- listTviewUse (read, read, login read)

-- read
select format('%I.%I', s.schemaname, s.relname) as "table", pg_total_relation_size(s.relid)::float8 as "sizeBytes", pg_indexes_size(s.relid)::float8 as "indexBytes",
       s.n_live_tup::float8 as "liveRows", s.n_dead_tup::float8 as "deadRows", s.seq_scan::float8 as "sequentialScans",
       s.seq_tup_read::float8 as "rowsBySequentialScan", coalesce(s.idx_scan, 0)::float8 as "indexScans",
       round(100.0 * (io.heap_blks_hit + coalesce(io.idx_blks_hit, 0))
             / nullif(io.heap_blks_hit + io.heap_blks_read + coalesce(io.idx_blks_hit + io.idx_blks_read, 0), 0), 1)::float8 as "hitPercent",
       (s.n_tup_ins + s.n_tup_upd + s.n_tup_del)::float8 as written
  from (select m.entity, 'tv_' || m.entity as table_name, t.oid as table_oid, v.oid as view_oid, m.dependencies::oid[] as bases
  from "public"."pg_tview_meta" m
  left join pg_class t on t.oid = m.table_oid
  left join pg_class v on v.oid = m.view_oid) m join pg_stat_user_tables s on s.relid = m.table_oid join pg_statio_user_tables io on io.relid = m.table_oid
 order by pg_total_relation_size(s.relid) desc, 1
 limit 30;

-- listTviewStatements (read, read, login read)

-- read
select s.calls::float8 as calls, round(s.total_exec_time::numeric, 1)::float8 as "totalMs", round(s.mean_exec_time::numeric, 2)::float8 as "meanMs",
       s.rows::float8 as rows, round(100.0 * s.shared_blks_hit / nullif(s.shared_blks_hit + s.shared_blks_read, 0), 1)::float8 as "hitPercent",
       left(s.query, 2000) as query
  from "public"."pg_stat_statements" s
 where s.dbid = (select oid from pg_database where datname = current_database())
   and (strpos(s.query, 'pg_tviews_refresh') > 0
        or exists (select from (select m.entity, 'tv_' || m.entity as table_name, t.oid as table_oid, v.oid as view_oid, m.dependencies::oid[] as bases
  from "public"."pg_tview_meta" m
  left join pg_class t on t.oid = m.table_oid
  left join pg_class v on v.oid = m.view_oid) m join pg_class c on c.oid = m.table_oid where strpos(s.query, c.relname) > 0))
 order by s.total_exec_time desc
 limit 10;

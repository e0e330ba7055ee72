-- diagnoseLocks (read, read, login read)

-- read
with locks as materialized (
       select m.entity, l.pid, l.mode, l.granted, l.virtualtransaction
         from (select m.entity, 'tv_' || m.entity as table_name, t.oid as table_oid, v.oid as view_oid, m.dependencies::oid[] as bases
  from "public"."pg_tview_meta" m
  left join pg_class t on t.oid = m.table_oid
  left join pg_class v on v.oid = m.view_oid) m join pg_locks l on l.relation = m.table_oid
        where l.locktype = 'relation' and l.database = (select oid from pg_database where datname = current_database())),
     held as (select pid, virtualtransaction, string_agg(distinct entity, ', ') as entities, string_agg(distinct mode, ', ') as modes
                from locks where granted and mode <> 'AccessShareLock' group by pid, virtualtransaction),
     waiting as (select count(distinct pid) as sessions from locks where not granted)
select 'prepared transaction' as trouble, coalesce(x.gid, 'transaction ' || h.virtualtransaction) as subject,
       format('prepared %s s ago, holds %s on %s; %s sessions wait', extract(epoch from clock_timestamp() - x.prepared)::int, h.modes, h.entities, w.sessions) as seen,
       'runbook start resolvePreparedTransaction' as "doNext"
  from held h cross join waiting w
  left join pg_locks own on own.pid is null and own.locktype = 'transactionid' and own.granted and own.virtualtransaction = h.virtualtransaction
  left join pg_prepared_xacts x on x.transaction = own.transactionid
 where h.pid is null
union all
select case when h.modes ~ 'AccessExclusive' then 'long refresh' else 'long writer' end, format('session %s', h.pid),
       format('%s (%s) is %s, its transaction open for %s s, holds %s on %s; %s sessions wait', a.usename, a.application_name, a.state,
              extract(epoch from clock_timestamp() - a.xact_start)::int, h.modes, h.entities, w.sessions),
       case when a.state like 'idle in transaction%' then 'it waits for its client: runbook start relieveConnectionExhaustion ends such sessions'
            else format('wait for it, or select pg_cancel_backend(%s): a cancelled refresh leaves the rows as they were', h.pid) end
  from held h cross join waiting w join pg_stat_activity a on a.pid = h.pid
 where a.xact_start < clock_timestamp() - make_interval(secs => 60) and a.pid <> pg_backend_pid()
 order by trouble desc, subject
 limit 50;

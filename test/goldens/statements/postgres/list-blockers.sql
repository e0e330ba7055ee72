-- listBlockers (read, read, login read)

-- read
with recursive waits as materialized (
  select a.pid, array(select distinct b from unnest(pg_blocking_pids(a.pid)) b where b <> a.pid order by b) as blockers
    from pg_stat_activity a where a.wait_event_type = 'Lock' order by a.query_start limit 200
), edges as (
  select w.pid, b as blocker from waits w cross join unnest(w.blockers) b
), behind (root, pid) as (
  select blocker, pid from edges where blocker not in (select pid from edges)
  union
  select behind.root, edges.pid from behind join edges on edges.blocker = behind.pid
), tree as (
  select root as pid, '{}'::int[] as blockers, count(*)::int as waiting from behind group by root
  union all
  select pid, blockers, (select count(*)::int from edges where blocker = waits.pid) from waits
)
select t.pid, t.blockers[1:5] as "blockedBy", t.waiting, coalesce(a.usename, '') as role, coalesce(a.application_name, '') as application,
       coalesce(a.client_addr::text, 'local') as client, coalesce(a.datname, '') as database,
       case when t.pid = 0 then 'prepared transaction' else coalesce(a.state, a.backend_type, 'gone') end as state,
       extract(epoch from clock_timestamp() - a.xact_start)::int as "transactionSeconds",
       extract(epoch from clock_timestamp() - l.waitstart)::int as "waitSeconds",
       l.mode || coalesce(' on ' || case when l.database = d.oid then l.relation::regclass::text end, ' on ' || l.locktype) as "waitsFor",
       coalesce(a.query, '') as query
  from tree t
  join pg_database d on d.datname = current_database()
  left join pg_stat_activity a on a.pid = t.pid
  left join lateral (select mode, locktype, database, relation, waitstart from pg_locks where pid = t.pid and not granted limit 1) l on true
 order by cardinality(t.blockers) = 0 desc, t.waiting desc, l.waitstart, t.pid
 limit 30;

-- measureLeftovers (read, read, login read)

-- read
with invalid as (
  select i.indexrelid::regclass::text as name from pg_index i
   where not i.indisvalid
     -- A partitioned index is invalid until each partition has its own.
     and (select relkind from pg_class c where c.oid = i.indexrelid) = 'i'
     and not exists (select from pg_stat_progress_create_index p where p.relid = i.indrelid)
)
select (select count(*)::int from invalid) as "invalidIndexCount",
       array(select name from invalid order by name limit 10) as "invalidIndexes",
       array(select name from pg_settings where pending_restart order by name limit 10) as "pendingRestart";

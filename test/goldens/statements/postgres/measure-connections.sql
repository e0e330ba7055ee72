-- measureConnections (read, read, login read)

-- read
with slots as (
  select current_setting('max_connections')::int as max_connections,
         current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
           - coalesce(current_setting('reserved_connections', true), '0')::int as usable
), clients as (
  select count(*)::int as used,
         (count(*) filter (where state = 'active'))::int as active,
         (count(*) filter (where state = 'idle'))::int as idle,
         (count(*) filter (where state like 'idle in transaction%'))::int as idle_in_transaction
    from pg_stat_activity where backend_type = 'client backend'
)
select usable, used, greatest(usable - used, 0) as free, active, idle,
       idle_in_transaction as "idleInTransaction", max_connections as "maxConnections"
  from slots, clients;

import type { Client } from 'pg';

/**
 * The interface that the operations plan names, written by us: pg_tviews_metadata, pg_tviews_get_queue(), pg_tviews_internal.queue,
 * triggers `pg_tviews_%`, pg_tviews_refresh(x, force => true). A row trigger puts an entry into the shared queue; an entry is deleted,
 * FOR UPDATE SKIP LOCKED, in the transaction that refreshes its entity.
 */
export async function layQueuedBed(admin: Client): Promise<void> {
  await admin.query(`grant create, usage on schema public to rb_own; grant usage on schema public to rb_read`);
  // Names with pg_ are the server's own; the documented one needs this setting.
  await admin.query(`set allow_system_table_mods = on; create schema pg_tviews_internal authorization rb_own; reset allow_system_table_mods`);
  await admin.query(`set role rb_own; ${INTERFACE} ${SHOP} reset role; grant usage on schema pg_tviews_internal to rb_read, rb_ctl;
    grant select on all tables in schema public, pg_tviews_internal to rb_read, rb_ctl`);
}

const INTERFACE = `
create table public.pg_tviews_metadata (entity_name text primary key, backing_table_name text not null, last_refresh_time timestamptz, last_error text,
  last_refresh_duration_ms double precision, refresh_priority int not null default 0);
create table pg_tviews_internal.queue (entity_name text not null, entry_time timestamptz not null default clock_timestamp());
create index on pg_tviews_internal.queue (entity_name, entry_time);
create table pg_tviews_internal.refresh_log (entity_name text not null, at timestamptz not null default clock_timestamp());
create function public.pg_tviews_version() returns text language sql as $$ select '1.0' $$;
create function public.pg_tviews_get_queue() returns table (entity_name text, entry_time timestamptz, entry_age interval) language sql stable as
  $$ select q.entity_name, q.entry_time, clock_timestamp() - q.entry_time from pg_tviews_internal.queue q $$;
create function pg_tviews_internal.enqueue() returns trigger language plpgsql as
  $$ begin insert into pg_tviews_internal.queue (entity_name) values (tg_argv[0]); return null; end $$;

create function public.pg_tviews_refresh(entity text, force boolean default false) returns void language plpgsql as $$
declare cols text; began timestamptz := clock_timestamp();
begin
  if not exists (select from public.pg_tviews_metadata m where m.entity_name = entity) then
    raise exception 'unknown TVIEW %', entity using errcode = '22023';
  end if;
  select string_agg(quote_ident(attname), ', ' order by attnum) into cols from pg_attribute
   where attrelid = regexp_replace(entity, '^tv_', 'v_')::regclass and attnum > 0 and not attisdropped;
  execute format('truncate table %I', entity);
  execute format('insert into %I (%s) select %s from %I', entity, cols, cols, regexp_replace(entity, '^tv_', 'v_'));
  insert into pg_tviews_internal.refresh_log (entity_name) values (entity);
  update public.pg_tviews_metadata m set last_refresh_time = clock_timestamp(), last_error = null,
         last_refresh_duration_ms = 1000 * extract(epoch from clock_timestamp() - began) where m.entity_name = entity;
end $$;

-- What the interface's own background worker does with the oldest entry.
create function pg_tviews_internal.work_off() returns text language plpgsql as $$
declare taken text;
begin
  delete from pg_tviews_internal.queue where ctid = (select ctid from pg_tviews_internal.queue order by entry_time limit 1 for update skip locked) returning entity_name into taken;
  if taken is not null then perform public.pg_tviews_refresh(taken); end if;
  return taken;
end $$;

create function public.make_tview(entity text, definition text, base regclass) returns void language plpgsql as $$
begin
  execute format('create view %I as %s', 'v_' || entity, definition);
  execute format('create table %I as select * from %I', 'tv_' || entity, 'v_' || entity);
  execute format('alter table %I add primary key (%I)', 'tv_' || entity, 'pk_' || entity);
  execute format('create trigger %I after insert or update or delete on %s for each row execute function pg_tviews_internal.enqueue(%L)', 'pg_tviews_' || entity, base, 'tv_' || entity);
  insert into public.pg_tviews_metadata (entity_name, backing_table_name, last_refresh_time) values ('tv_' || entity, base::text, now());
end $$;`;

/** A small shop with two TVIEWs. */
const SHOP = `
create table public.tb_customer (pk_customer bigint primary key, name text not null);
create table public.tb_order (pk_order bigint primary key, fk_customer bigint not null references public.tb_customer on delete cascade, total int not null);
insert into public.tb_customer select i, 'customer ' || i from generate_series(1, 5) i;
insert into public.tb_order select i, 1 + i % 5, 10 * i from generate_series(1, 20) i;
set search_path = public;
select make_tview('customer', $$ select pk_customer, jsonb_build_object('name', name) as data from public.tb_customer $$, 'tb_customer');
select make_tview('order', $$ select o.pk_order, o.fk_customer, jsonb_build_object('total', o.total, 'customer', c.data) as data
  from public.tb_order o join public.v_customer c on c.pk_customer = o.fk_customer $$, 'tb_order');
reset search_path;`;

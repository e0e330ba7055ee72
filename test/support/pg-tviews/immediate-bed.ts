import type { Client } from 'pg';

/**
 * The released extension's interface, rewritten in SQL with its habits as they were measured: refresh inside the writing transaction,
 * a refresh that truncates, ghosts after DELETE, warnings instead of errors, statistics that are constants, a health check that always says OK.
 * As rb_own, which owns the tables in real life too.
 */
export async function layImmediateBed(admin: Client): Promise<void> {
  await admin.query(`grant create, usage on schema public to rb_own; grant usage on schema public to rb_read`);
  await admin.query(`set role rb_own; ${INTERFACE} ${SHOP} reset role; grant select on all tables in schema public to rb_read, rb_ctl`);
}

const INTERFACE = `
create table public.pg_tview_meta (entity text primary key, view_oid oid, table_oid oid, definition text, dependencies oid[] not null default '{}',
  fk_columns text[] not null default '{}', uuid_fk_columns text[] not null default '{}', dependency_types text[] not null default '{}',
  dependency_paths text[] not null default '{}', array_match_keys text[] not null default '{}', created_at timestamptz not null default now());
create table public.pg_tview_audit_log (log_id bigserial, operation text, entity text, performed_by text, performed_at timestamptz, details jsonb);
create view public.pg_tviews_queue_realtime as select 0 as queue_size, now() as measured_at;
create view public.pg_tviews_cache_stats as select 0 as hits, 0 as misses;
create function public.pg_tviews_version() returns text language sql as $$ select '0.1.0-beta.8' $$;
create function public.pg_tviews_queue_stats() returns jsonb language sql as $$ select '{"queue_size": 0}'::jsonb $$;
create function public.pg_tviews_health_check() returns table (status text, component text, message text, severity text) language sql as
  $$ select 'OK', component, 'all well', 'info' from unnest(array['extension', 'jsonb_delta', 'metadata', 'triggers', 'tviews']) component $$;

-- Unqualified names and a TRUNCATE, as the real one has them.
create function public.pg_tviews_refresh(entity text) returns void language plpgsql as $$
declare cols text;
begin
  if entity is null then return; end if;
  if not exists (select from public.pg_tview_meta m where m.entity = pg_tviews_refresh.entity) then
    raise exception 'TVIEW metadata not found: %', entity using errcode = '22000';
  end if;
  select string_agg(quote_ident(attname), ', ' order by attnum) into cols from pg_attribute
   where attrelid = ('v_' || entity)::regclass and attnum > 0 and not attisdropped;
  execute format('truncate table %I', 'tv_' || entity);
  execute format('insert into %I (%s) select %s from %I', 'tv_' || entity, cols, cols, 'v_' || entity);
end $$;

-- One row of an entity and, through the fk_ columns of the others, its dependants.
create function public.tview_refresh_row(entity_name text, key bigint, depth int default 0) returns void language plpgsql as $$
declare cols text; sets text; found boolean; dependant record; dependent_key bigint; dependants int;
begin
  if depth > 10 then raise exception 'Maximum propagation depth exceeded' using errcode = '54001'; end if;
  execute format('select exists (select from v_%s where pk_%s = $1)', entity_name, entity_name) using key into found;
  if not found then raise warning 'Failed to refresh %[%]: InvalidPosition', entity_name, key; return; end if;
  select string_agg(quote_ident(attname), ', ' order by attnum), string_agg(format('%I = excluded.%I', attname, attname), ', ')
    into cols, sets from pg_attribute where attrelid = ('v_' || entity_name)::regclass and attnum > 0 and not attisdropped;
  execute format('insert into tv_%s (%s) select %s from v_%s where pk_%s = $1 on conflict (pk_%s) do update set %s, updated_at = now()',
                 entity_name, cols, cols, entity_name, entity_name, entity_name, sets) using key;
  for dependant in select m.entity from public.pg_tview_meta m where 'fk_' || entity_name = any(m.fk_columns) order by m.entity loop
    execute format('select count(*) from tv_%s where fk_%s = $1', dependant.entity, entity_name) using key into dependants;
    if dependants >= 10 then raise exception 'syntax error at or near "$"' using errcode = '42601'; end if;
    for dependent_key in execute format('select pk_%s from tv_%s where fk_%s = $1 order by 1', dependant.entity, dependant.entity, entity_name) using key loop
      execute format('select exists (select from v_%s where pk_%s = $1)', dependant.entity, dependant.entity) using dependent_key into found;
      -- A ghost poisons the cascade: the dependants after it are not refreshed.
      if not found then raise warning 'Failed to refresh %[%]', entity_name, key; return; end if;
      perform public.tview_refresh_row(dependant.entity, dependent_key, depth + 1);
    end loop;
  end loop;
end $$;

create function public.tview_trigger_handler() returns trigger language plpgsql as $$
declare key bigint;
begin
  raise notice 'tview trigger: % on %', tg_op, tg_relid::regclass;
  -- A deleted row is not found in the view, and nothing removes its row of the table: a ghost.
  if tg_op = 'DELETE' then return null; end if;
  execute format('select ($1).pk_%s', tg_argv[0]) using new into key;
  perform public.tview_refresh_row(tg_argv[0], key);
  return null;
end $$;

create function public.make_tview(entity text, definition text, base regclass, fk_columns text[] default '{}') returns void language plpgsql as $$
begin
  execute format('create view %I as %s', 'v_' || entity, definition);
  execute format('create table %I as select * from %I', 'tv_' || entity, 'v_' || entity);
  execute format('alter table %I add primary key (%I), add created_at timestamptz not null default now(), add updated_at timestamptz not null default now()', 'tv_' || entity, 'pk_' || entity);
  execute format('create trigger %I after insert or update or delete on %s for each row execute function public.tview_trigger_handler(%L)', 'trg_tview_' || entity || '_on_' || base, base, entity);
  insert into public.pg_tview_meta (entity, view_oid, table_oid, definition, dependencies, fk_columns)
  values (entity, ('v_' || entity)::regclass, ('tv_' || entity)::regclass, definition, array[base::oid], fk_columns);
end $$;

-- The base table is the one of the entity's name; the real one reads all of them from the definition.
create function public.pg_tviews_create(tview_name text, select_sql text) returns text language plpgsql as $$
declare entity text := regexp_replace(tview_name, '^tv_', '');
begin
  perform make_tview(entity, select_sql, ('tb_' || entity)::regclass);
  update public.pg_tview_meta m set fk_columns = array(select a.attname from pg_attribute a where a.attrelid = m.view_oid and a.attname ~ '^fk_' and a.attnum > 0) where m.entity = regexp_replace(tview_name, '^tv_', '');
  raise warning 'Failed to log TVIEW creation: Datum error';
  return 'TVIEW created';
end $$;
create function public.pg_tviews_drop(tview_name text, if_exists boolean default false) returns text language plpgsql as $$
declare name text := regexp_replace(tview_name, '^tv_', ''); hook record;
begin
  if not exists (select from public.pg_tview_meta m where m.entity = name) then
    if if_exists then return 'nothing dropped'; end if;
    raise exception 'TVIEW metadata not found: %', name using errcode = '22000';
  end if;
  for hook in select tgname, tgrelid::regclass as base from pg_trigger where encode(tgargs, 'escape') = name || '\\000' loop
    execute format('drop trigger %I on %s', hook.tgname, hook.base);
  end loop;
  execute format('drop table if exists %I', 'tv_' || name);
  execute format('drop view if exists %I', 'v_' || name);
  delete from public.pg_tview_meta m where m.entity = name;
  return 'TVIEW dropped';
end $$;`;

const SHOP = `
create table public.tb_customer (pk_customer bigint primary key, name text not null);
create table public.tb_order (pk_order bigint primary key, fk_customer bigint not null references public.tb_customer on delete cascade, total int not null);
create table public.tb_item (pk_item bigint primary key, fk_order bigint not null references public.tb_order on delete cascade, amount int not null);
insert into public.tb_customer select i, 'customer ' || i from generate_series(1, 5) i;
insert into public.tb_order select i, 1 + i % 5, 10 * i from generate_series(1, 20) i;
insert into public.tb_item select i, 1 + i % 20, i from generate_series(1, 40) i;
set search_path = public;
select make_tview('customer', $$ select pk_customer, jsonb_build_object('name', name) as data from public.tb_customer $$, 'tb_customer');
select make_tview('order', $$ select o.pk_order, o.fk_customer, jsonb_build_object('total', o.total, 'customer', c.data) as data
  from public.tb_order o join public.v_customer c on c.pk_customer = o.fk_customer $$, 'tb_order', '{fk_customer}');
select make_tview('item', $$ select i.pk_item, i.fk_order, jsonb_build_object('amount', i.amount, 'order', o.data) as data
  from public.tb_item i join public.v_order o on o.pk_order = i.fk_order $$, 'tb_item', '{fk_order}');
reset search_path;`;

-- replaceTriggerHandlers (write, transactional, login own)

-- before
select handler, definition from (select p.oid::regprocedure::text as handler, pg_get_functiondef(p.oid) as definition, p.prosrc as body
  from pg_proc p where p.oid = any(array['public.tview_trigger_handler()']::regprocedure[]::oid[])) f where body not like '%refresh switched off by pg-runbooks%' order by handler;

-- statement
do 'begin execute ''create or replace function public.tview_trigger_handler() returns trigger language plpgsql as ''''begin /* refresh switched off by pg-runbooks */ return null; end''''''; end';

-- verify
select count(*) > 0 and bool_and(body like '%refresh switched off by pg-runbooks%') as holds, 'every trigger function does nothing'::text as expected,
       format('%s of %s trigger functions do nothing', count(*) filter (where body like '%refresh switched off by pg-runbooks%'), count(*)) as seen
  from (select p.oid::regprocedure::text as handler, pg_get_functiondef(p.oid) as definition, p.prosrc as body
  from pg_proc p where p.oid = any(array['public.tview_trigger_handler()']::regprocedure[]::oid[])) f;

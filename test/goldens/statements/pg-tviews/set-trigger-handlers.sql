-- setTriggerHandlers (write, transactional, login own)

-- before
select handler, definition from (select p.oid::regprocedure::text as handler, pg_get_functiondef(p.oid) as definition, p.prosrc as body
  from pg_proc p where p.oid = any(array['public.tview_trigger_handler()']::regprocedure[]::oid[])) f order by handler;

-- statement
do 'begin execute ''CREATE OR REPLACE FUNCTION public.tview_trigger_handler() … ''''it''''''''s'''' …''; end';

-- verify
with wanted as (select * from jsonb_to_recordset('[{"handler":"public.tview_trigger_handler()","definition":"CREATE OR REPLACE FUNCTION public.tview_trigger_handler() … ''it''''s'' …"}]'::jsonb) as w (handler text, definition text))
select not exists (select from wanted w left join (select p.oid::regprocedure::text as handler, pg_get_functiondef(p.oid) as definition, p.prosrc as body
  from pg_proc p where p.oid = any(array['public.tview_trigger_handler()']::regprocedure[]::oid[])) f using (handler) where f.definition is distinct from w.definition) as holds,
       'the trigger functions as they were saved'::text as expected,
       format('%s of %s as saved', (select count(*) from wanted w join (select p.oid::regprocedure::text as handler, pg_get_functiondef(p.oid) as definition, p.prosrc as body
  from pg_proc p where p.oid = any(array['public.tview_trigger_handler()']::regprocedure[]::oid[])) f using (handler) where f.definition = w.definition), (select count(*) from wanted)) as seen;
